#include <stdio.h>

/* The ticket office knows a release by this word. */
static const char word[] = "${nonce}";

int main(void)
{
    printf("release %s\n", word);
    return 0;
}
