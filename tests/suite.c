/* suite.c - runs CUnit suites and says which sentence did not hold. */
#include "suite.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

/* Words choose what has one of them in its name, and "=NAME" what has that name. */
static bool wanted(const char *suite, const char *test, int argc, char **argv)
{
    char name[512];

    if (argc < 2)
        return true;
    snprintf(name, sizeof name, "%s/%s", suite, test);
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '=' ? strcmp(name, argv[i] + 1) == 0
                              : strstr(name, argv[i]) != NULL)
            return true;
    return false;
}

static void select_by_name(int argc, char **argv)
{
    for (CU_pSuite s = CU_get_registry()->pSuite; s != NULL; s = s->pNext)
        for (CU_pTest t = s->pTest; t != NULL; t = t->pNext)
            t->fActive = wanted(s->pName, t->pName, argc, argv) ? CU_TRUE : CU_FALSE;
}

/* The suite or test of one item of a list, "SUITE" or "SUITE/TEST", is this one. */
static bool matches(const char *item, size_t len, const char *suite, const char *test)
{
    size_t of_suite = strlen(suite);

    if (len < of_suite || strncmp(item, suite, of_suite) != 0)
        return false;
    return len == of_suite
        || (item[of_suite] == '/' && len == of_suite + 1 + strlen(test)
            && strncmp(item + of_suite + 1, test, strlen(test)) == 0);
}

/* Makes what an item names inactive; whether there is such a test. */
static bool leave_out(const char *item, size_t len)
{
    bool found = false;

    for (CU_pSuite s = CU_get_registry()->pSuite; s != NULL; s = s->pNext)
        for (CU_pTest t = s->pTest; t != NULL; t = t->pNext)
            if (matches(item, len, s->pName, t->pName)) {
                t->fActive = CU_FALSE;
                found = true;
            }
    return found;
}

/* The environment names what is to be left out. A name that no test has is an error: it
 * would leave out nothing, and nobody would see that. */
static bool leave_out_all(void)
{
    const char *item = getenv("SKIFF_TEST_WITHOUT");

    while (item != NULL && *item != '\0') {
        size_t len = strcspn(item, ",");
        if (!leave_out(item, len)) {
            fprintf(stderr, "SKIFF_TEST_WITHOUT: there is no %.*s\n", (int)len, item);
            return false;
        }
        item += len + (item[len] == ',');
    }
    return true;
}

/* "2/3": each third of the tests that are not left out, from the second on. */
static bool select_part(const char *part)
{
    const char *slash = strchr(part, '/');
    unsigned long number = strtoul(part, NULL, 10);
    unsigned long of = slash != NULL ? strtoul(slash + 1, NULL, 10) : 0, i = 0;

    if (of == 0 || !leave_out_all())
        return false;
    for (CU_pSuite s = CU_get_registry()->pSuite; s != NULL; s = s->pNext)
        for (CU_pTest t = s->pTest; t != NULL; t = t->pNext)
            if (t->fActive)
                t->fActive = i++ % of + 1 == number ? CU_TRUE : CU_FALSE;
    return true;
}

/* One line for each test, for the build to make a ctest of it. */
static void list(const CU_SuiteInfo *suites)
{
    for (const CU_SuiteInfo *s = suites; s->pName != NULL; s++)
        for (const CU_TestInfo *t = s->pTests; t->pName != NULL; t++)
            printf("%s/%s\n", s->pName, t->pName);
}

unsigned suite_rounds(unsigned all)
{
    const char *most = getenv("SKIFF_TEST_ROUNDS");
    unsigned long limit = most != NULL ? strtoul(most, NULL, 10) : 0;

    return limit > 0 && limit < all ? (unsigned)limit : all;
}

int suite_main(CU_SuiteInfo *suites, int argc, char **argv)
{
    static const char part[] = "--part=";

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        list(suites);
        return EXIT_SUCCESS;
    }
    if (CU_initialize_registry() != CUE_SUCCESS
        || CU_register_suites(suites) != CUE_SUCCESS) {
        fprintf(stderr, "CUnit: %s\n", CU_get_error_msg());
        return EXIT_FAILURE;
    }
    CU_set_fail_on_inactive(CU_FALSE);
    if (argc == 2 && strncmp(argv[1], part, strlen(part)) == 0) {
        if (!select_part(argv[1] + strlen(part)))
            return EXIT_FAILURE;
    } else {
        select_by_name(argc, argv);
    }
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();

    unsigned failed = CU_get_number_of_failures();
    unsigned run = CU_get_number_of_tests_run();
    CU_cleanup_registry();
    if (run == 0) {
        fprintf(stderr, "no test was run\n");
        return EXIT_FAILURE;
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
