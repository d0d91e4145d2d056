/* story.h - a test that only peers with certain abilities can take part in. */
#ifndef SKF_INTEROP_STORY_H
#define SKF_INTEROP_STORY_H

struct story {
    const char *name;
    void (*run)(void);
    unsigned needs; /* CAN_ bits */
};

#define STORY(name, needs)                                                                 \
  {                                                                                        \
#    name, name, needs                                                                     \
  }
#define STORIES_END                                                                        \
  {                                                                                        \
    0                                                                                      \
  }

extern const struct story agree_stories[];
extern const struct story network_stories[];
extern const struct story refuse_stories[];
extern const struct story data_stories[];

#endif
