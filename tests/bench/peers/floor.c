/* The floor: what no client can be faster than. It blocks on write and read, decodes nothing, prints no list, and sends the
 * very frames that virtwire sends (`measure.py` compares them byte by byte); the reply to CLOSE is read, too.
 *
 *   floor SOCKET list                    a whole net-list --all: open, three lists at once, close
 *   floor SOCKET version|lookup|all N    N calls, one at a time
 *   floor SOCKET flight N                N calls, four in flight
 *
 * What loops prints calls, nanoseconds of the clock, nanoseconds of CPU. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CLOSE = 2, OPEN = 1, LOOKUP = 46, FEATURE = 60, AUTH_LIST = 66, LIB_VERSION = 157, LIST_ALL = 283 };
enum { IN_FLIGHT = 4, WARM = 200 };

static int fd;
static uint32_t serial;
static unsigned char out[4096];
static size_t queued;
static unsigned char in[4 << 20];
static size_t got, taken;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void word(uint32_t value) {
    unsigned char bytes[] = {value >> 24, value >> 16, value >> 8, value};
    memcpy(out + queued, bytes, 4);
    queued += 4;
}

static void text(const char *bytes) {
    size_t length = strlen(bytes), padded = (length + 3) & ~(size_t)3;
    word(length);
    memset(out + queued, 0, padded);
    memcpy(out + queued, bytes, length);
    queued += padded;
}

/* The header of a call whose arguments have this many bytes. */
static void call(int procedure, size_t arguments) {
    uint32_t words[] = {28 + arguments, 0x20008086, 1, procedure, 0, ++serial, 0};
    for (size_t at = 0; at < sizeof words / 4; at++) word(words[at]);
}

static void send_queued(void) {
    for (size_t sent = 0; sent < queued;) {
        ssize_t count = write(fd, out + sent, queued - sent);
        if (count <= 0) fail("write");
        sent += count;
    }
    queued = 0;
}

/* Whether a whole frame is there; takes it, and ends the program where it tells of an error. */
static int take_frame(void) {
    if (got - taken < 28) return 0;
    unsigned char *frame = in + taken;
    uint32_t length = (uint32_t)frame[0] << 24 | frame[1] << 16 | frame[2] << 8 | frame[3];
    if (length > sizeof in) fail("a frame is too long");
    if (got - taken < length) return 0;
    if (frame[27] != 0) fail("an error came");
    taken += length;
    if (taken == got) taken = got = 0;
    return 1;
}

static void receive(void) {
    if (taken > sizeof in / 2) {
        memmove(in, in + taken, got - taken);
        got -= taken;
        taken = 0;
    }
    ssize_t count = read(fd, in + got, sizeof in - got);
    if (count <= 0) fail("read");
    got += count;
}

static void await(int frames) {
    while (frames > 0) {
        if (take_frame()) frames--;
        else receive();
    }
}

static void list(uint32_t flags) {
    call(LIST_ALL, 8);
    word(1);
    word(flags);
}

static void feature(void) {
    call(FEATURE, 4);
    word(10);
}

static void connect_and_open(const char *path, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail(path);
    call(AUTH_LIST, 0);
    send_queued();
    await(1);
    size_t padded = (strlen(name) + 3) & ~(size_t)3;
    call(OPEN, 4 + 4 + padded + 4);
    word(1);
    text(name);
    word(0);
    send_queued();
    await(1);
}

static void ask(const char *what) {
    if (!strcmp(what, "version") || !strcmp(what, "flight")) {
        call(LIB_VERSION, 0);
    } else if (!strcmp(what, "lookup")) {
        call(LOOKUP, 4 + 8);
        text("default");
    } else if (!strcmp(what, "all")) {
        list(0);
    } else {
        fail(what);
    }
}

static void loop(const char *what, int calls, int in_flight) {
    int asked = 0, answered = 0;
    for (; asked < in_flight && asked < calls; asked++) ask(what);
    while (answered < calls) {
        if (queued) send_queued();
        await(1);
        do {
            answered++;
            if (asked < calls) {
                ask(what);
                asked++;
            }
        } while (answered < asked && take_frame());
    }
}

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

int main(int count, char **words) {
    if (count < 3) return 2;
    const char *name = getenv("BENCH_NAME");
    connect_and_open(words[1], name ? name : "qemu:///system");
    if (!strcmp(words[2], "list")) {
        feature();
        list(2), list(4), list(16);
        send_queued();
        await(4);
    } else {
        int calls = count > 3 ? atoi(words[3]) : 1, in_flight = strcmp(words[2], "flight") ? 1 : IN_FLIGHT;
        loop(words[2], calls < WARM ? 1 : WARM, in_flight);
        uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        loop(words[2], calls, in_flight);
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu, wall = now(CLOCK_MONOTONIC) - wall;
        printf("%d %llu %llu\n", calls, (unsigned long long)wall, (unsigned long long)cpu);
    }
    call(CLOSE, 0);
    send_queued();
    await(1);
    return 0;
}
