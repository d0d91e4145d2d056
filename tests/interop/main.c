/* main.c - the stories that this program's peer can take part in. */
#include "../suite.h"

#include <stdio.h>

#include "peer.h"
#include "story.h"

enum { STORIES_MAX = 16 };

/* The stories as CUnit wants them, without those that need more than the peer can. */
static void choose(const struct story *stories, CU_TestInfo chosen[STORIES_MAX])
{
    size_t num = 0;

    for (const struct story *s = stories; s->name != NULL; s++)
        if ((s->needs & ~peer.can) == 0 && num < STORIES_MAX - 1)
            chosen[num++] = (CU_TestInfo){ s->name, s->run };
        else
            fprintf(stderr, "%s cannot: %s\n", peer.name, s->name);
    chosen[num] = (CU_TestInfo)CU_TEST_INFO_NULL;
}

int main(int argc, char **argv)
{
    CU_TestInfo agree[STORIES_MAX], network[STORIES_MAX], refuse[STORIES_MAX],
        data[STORIES_MAX];
    CU_SuiteInfo suites[] = {
        { "agree", NULL, NULL, NULL, NULL, agree },
        { "network", NULL, NULL, NULL, NULL, network },
        { "refuse", NULL, NULL, NULL, NULL, refuse },
        { "data", NULL, NULL, NULL, NULL, data },
        CU_SUITE_INFO_NULL,
    };

    choose(agree_stories, agree);
    choose(network_stories, network);
    choose(refuse_stories, refuse);
    choose(data_stories, data);
    return suite_main(suites, argc, argv);
}
