/* The same with libvirt's own C library.
 *
 *   library URI list                    a whole net-list --all
 *   library URI version|lookup|all N    N calls, one at a time
 *   library URI flight N                N calls by eight threads */
#include <libvirt/libvirt.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 8, WARM = 200 };

static virConnectPtr connection;

static void fail(const char *what) {
    fprintf(stderr, "library: %s\n", what);
    exit(1);
}

static void ask(const char *what) {
    unsigned long version;
    virNetworkPtr network, *networks;
    int count;
    if (!strcmp(what, "version") || !strcmp(what, "flight")) {
        if (virConnectGetLibVersion(connection, &version)) fail(what);
    } else if (!strcmp(what, "lookup")) {
        if (!(network = virNetworkLookupByName(connection, "default"))) fail(what);
        virNetworkFree(network);
    } else if (!strcmp(what, "all")) {
        if ((count = virConnectListAllNetworks(connection, &networks, 0)) < 0) fail(what);
        for (int at = 0; at < count; at++) virNetworkFree(networks[at]);
        free(networks);
    }
}

static void list(void) {
    virNetworkPtr *networks;
    int count = virConnectListAllNetworks(connection, &networks, 0), autostart = 0;
    if (count < 0) fail("list");
    for (int at = 0; at < count; at++) {
        int active = virNetworkIsActive(networks[at]), persistent = virNetworkIsPersistent(networks[at]);
        virNetworkGetAutostart(networks[at], &autostart);
        printf("%s %d %d %d\n", virNetworkGetName(networks[at]), active, autostart, persistent);
        virNetworkFree(networks[at]);
    }
    free(networks);
}

static void *caller(void *calls) {
    for (int at = 0; at < *(int *)calls; at++) ask("flight");
    return NULL;
}

static void loop(const char *what, int calls) {
    if (strcmp(what, "flight")) {
        while (calls-- > 0) ask(what);
        return;
    }
    pthread_t threads[THREADS];
    int each = calls / THREADS;
    for (int at = 0; at < THREADS; at++) pthread_create(&threads[at], NULL, caller, &each);
    for (int at = 0; at < THREADS; at++) pthread_join(threads[at], NULL);
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

int main(int count, char **words) {
    if (count < 3) return 2;
    if (!(connection = virConnectOpen(words[1]))) fail(words[1]);
    if (!strcmp(words[2], "list")) {
        list();
    } else {
        int calls = count > 3 ? atoi(words[3]) : 1;
        loop(words[2], calls < WARM ? THREADS : WARM);
        uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        loop(words[2], calls);
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall = now(CLOCK_MONOTONIC) - wall;
        printf("%d %llu %llu\n", calls, (unsigned long long)wall, (unsigned long long)cpu);
    }
    virConnectClose(connection);
    return 0;
}
