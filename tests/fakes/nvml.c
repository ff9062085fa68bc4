/* A libnvidia-ml.so.1 without a card: it answers NVML's C calls from a script in the environment.
 *
 * The truth is known: power is a function of CLOCK_MONOTONIC alone (Python's perf_counter_ns on
 * Linux) and the energy counter is its exact integral, updated every FAKE_COUNTER_PERIOD_MS.
 *
 *   FAKE_INIT=18                 nvmlInit fails with this code
 *   FAKE_GPUS=2                  number of cards (default 1, at most 2, two different ones)
 *   FAKE_POWER_W=120,60:180:1    per card: steady watts, or low:high:hertz (a square wave)
 *   FAKE_NO_COUNTER=all|0|1      these cards do not support the energy counter
 *   FAKE_COUNTER=stuck|half      the counter stands still, or counts half of the truth
 *   FAKE_COUNTER_PERIOD_MS=20
 *   FAKE_NO_POWER=1              power and energy are NOT_SUPPORTED
 *   FAKE_NO_INSTANT=1            field values are NOT_SUPPORTED, only PowerUsage answers
 *   FAKE_NO_PERMISSION=1         power, energy and processes are refused
 *   FAKE_BUSY_PERCENT=40         how busy each card is (default 0)
 *   FAKE_PID=1                   the process that holds 512 MiB of each card (default 4242)
 *   FAKE_UNIFIED=1|zero|BYTES    a part without memory, bus width and PCIe link of its own; its
 *                                memory is not supported, or told as zero or so many bytes
 *   FAKE_ECC=2:1                 ECC is on: corrected and uncorrected errors since the driver loaded
 *   FAKE_THROTTLE=0x60           what holds the clocks back, as bits (default 0x5)
 *   FAKE_OLD_THROTTLE=1          only the call's old name is known
 *   FAKE_LINK=1:4                PCIe generation and width now (default 1 and all lanes)
 *   FAKE_GRAPHICS=1              a program draws on the card, and the one that computes draws too
 *   FAKE_WDDM=1                  memory of processes is not available, as on Windows
 *   FAKE_NO_PERSISTENCE=1        persistence mode is off
 *   FAKE_MODULE_W=300            the card is one module with its processors: C2C is on, the counter
 *                                counts the module, which draws so much
 *   FAKE_MIG=1                   the card is divided in two, at the first and the third place
 *   FAKE_DRIVER=580.65.06        the driver's version
 *   FAKE_TIMEOUTS=1              the first so many readings of a name time out
 *   FAKE_NO_HANDLE=0|1           this card cannot be opened
 *   FAKE_BAD_NAME=1              the name is no UTF-8
 *   FAKE_LOST_AFTER_S=1.5        the card is lost so long after nvmlInit
 *   FAKE_BACK_AFTER_S=2.5        and answers again so long after it
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4,
       NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, TIMEOUT = 10, FUNCTION_NOT_FOUND = 13,
       GPU_IS_LOST = 15 };
enum { CLOCK_GRAPHICS = 0, CLOCK_MEM = 2, FIELD_POWER_INSTANT = 186, VALUE_UNSIGNED_INT = 1,
       SCOPE_GPU = 0, SCOPE_MODULE = 1 };

typedef int Return;
typedef struct Card *Device;

static struct Card {
    int index;
    const char *name, *uuid, *bus;
    unsigned long long memory;
    unsigned bus_width, memory_clock, limit_mw, generation, width;
    int major, minor;
} cards[] = {
    {0, "NVIDIA GeForce RTX 4090", "GPU-11111111-2222-3333-4444-555555555555",
     "00000000:01:00.0", 25757220864ULL, 384, 10501, 450000, 4, 16, 8, 9},
    {1, "NVIDIA GeForce RTX 3060", "GPU-66666666-7777-8888-9999-000000000000",
     "00000000:02:00.0", 12884901888ULL, 192, 7501, 170000, 3, 8, 8, 6},
};

static struct Card instances[] = {
    {0, "NVIDIA GeForce RTX 4090 MIG 2g.12gb", "MIG-11111111-0000-0000-0000-000000000002",
     "00000000:01:00.0", 12ULL << 30, 0, 0, 0, 0, 0, 8, 9},
    {1, "NVIDIA GeForce RTX 4090 MIG 1g.6gb", "MIG-11111111-0000-0000-0000-000000000001",
     "00000000:01:00.0", 6ULL << 30, 0, 0, 0, 0, 0, 8, 9},
};

static double started_s;
static int timeouts_given;

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static const char *script(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static double number(const char *name, double otherwise) {
    return *script(name) ? atof(script(name)) : otherwise;
}

static void power_script(int card, double *low, double *high, double *hertz) {
    const char *part = *script("FAKE_POWER_W") ? script("FAKE_POWER_W") : "120";
    for (int i = 0; i < card; i++) {
        const char *comma = strchr(part, ',');
        if (comma) part = comma + 1;
    }
    *hertz = 0;
    int read = sscanf(part, "%lf:%lf:%lf", low, high, hertz);
    if (read < 2) *high = *low;
}

static double power_w(int card, double time_s) {
    double low, high, hertz;
    power_script(card, &low, &high, &hertz);
    if (hertz <= 0) return high;
    return fmod(time_s * hertz, 1.0) < 0.5 ? high : low;
}

static double energy_j(int card, double time_s) {
    double low, high, hertz;
    power_script(card, &low, &high, &hertz);
    if (hertz <= 0) return high * time_s;
    double period_s = 1 / hertz, rest_s = fmod(time_s, period_s);
    double whole_j = (time_s - rest_s) * (high + low) / 2;
    double half_s = period_s / 2;
    return whole_j + (rest_s < half_s ? high * rest_s : high * half_s + low * (rest_s - half_s));
}

static Return refusal(Device device) {
    if (!device) return INVALID_ARGUMENT;
    double lost_s = number("FAKE_LOST_AFTER_S", 0), back_s = number("FAKE_BACK_AFTER_S", INFINITY);
    double since_s = now_s() - started_s;
    return lost_s > 0 && since_s > lost_s && since_s < back_s ? GPU_IS_LOST : SUCCESS;
}

static Return power_refusal(Device device) {
    if (*script("FAKE_NO_PERMISSION")) return NO_PERMISSION;
    if (*script("FAKE_NO_POWER")) return NOT_SUPPORTED;
    return refusal(device);
}

static Return answer(Device device, unsigned *out, unsigned value) {
    *out = value;
    return refusal(device);
}

static Return text(char *out, unsigned length, const char *value) {
    snprintf(out, length, "%s", value);
    return SUCCESS;
}

Return nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    started_s = now_s();
    return (Return)number("FAKE_INIT", SUCCESS);
}
Return nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
Return nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(Return code) { (void)code; return "scripted"; }
Return nvmlSystemGetDriverVersion(char *out, unsigned length) {
    return text(out, length, *script("FAKE_DRIVER") ? script("FAKE_DRIVER") : "570.86.15");
}
Return nvmlSystemGetCudaDriverVersion_v2(int *out) { *out = 12080; return SUCCESS; }
Return nvmlDeviceGetCount_v2(unsigned *out) {
    *out = (unsigned)number("FAKE_GPUS", 1);
    return SUCCESS;
}
Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device *out) {
    if (index >= sizeof cards / sizeof *cards) return INVALID_ARGUMENT;
    if (*script("FAKE_NO_HANDLE") && (unsigned)atoi(script("FAKE_NO_HANDLE")) == index) return NO_PERMISSION;
    *out = &cards[index];
    return SUCCESS;
}

Return nvmlDeviceGetName(Device device, char *out, unsigned length) {
    if (timeouts_given < number("FAKE_TIMEOUTS", 0)) {
        timeouts_given++;
        return TIMEOUT;
    }
    return text(out, length, *script("FAKE_BAD_NAME") ? "\xff\xfe" : device->name);
}
Return nvmlDeviceGetUUID(Device device, char *out, unsigned length) {
    return text(out, length, device->uuid);
}
Return nvmlDeviceGetPciInfo_v3(Device device, void *out) {
    struct { char legacy[16]; unsigned numbers[5]; char bus[32]; } *info = out;
    memset(info, 0, sizeof *info);
    return text(info->bus, sizeof info->bus, device->bus);
}
Return nvmlDeviceGetCudaComputeCapability(Device device, int *major, int *minor) {
    *major = device->major;
    *minor = device->minor;
    return refusal(device);
}

Return nvmlDeviceGetMemoryInfo(Device device, unsigned long long *total_free_used) {
    if (!strcmp(script("FAKE_UNIFIED"), "1")) return NOT_SUPPORTED;
    if (*script("FAKE_UNIFIED")) {
        unsigned long long told = strtoull(script("FAKE_UNIFIED"), NULL, 10);
        total_free_used[0] = total_free_used[1] = told;
        total_free_used[2] = 0;
        return SUCCESS;
    }
    total_free_used[0] = device->memory;
    total_free_used[1] = device->memory - (1ULL << 30);
    total_free_used[2] = 1ULL << 30;
    return refusal(device);
}
Return nvmlDeviceGetMemoryBusWidth(Device device, unsigned *out) {
    return *script("FAKE_UNIFIED") ? NOT_SUPPORTED : answer(device, out, device->bus_width);
}
Return nvmlDeviceGetMaxClockInfo(Device device, unsigned clock, unsigned *out) {
    if (clock == CLOCK_MEM && *script("FAKE_UNIFIED")) return NOT_SUPPORTED;
    return answer(device, out, clock == CLOCK_MEM ? device->memory_clock : 3105);
}
Return nvmlDeviceGetClockInfo(Device device, unsigned clock, unsigned *out) {
    if (clock == CLOCK_MEM && *script("FAKE_UNIFIED")) return NOT_SUPPORTED;
    return answer(device, out, clock == CLOCK_MEM ? 405 : 210);
}

Return nvmlDeviceGetPowerUsage(Device device, unsigned *out) {
    Return refused = power_refusal(device);
    return refused ? refused : answer(device, out, (unsigned)(power_w(device->index, now_s()) * 1000));
}
Return nvmlDeviceGetFieldValues(Device device, int count, void *fields) {
    struct Field {
        unsigned id, scope;
        long long timestamp, latency;
        unsigned type;
        Return result;
        union { double real; unsigned whole; unsigned long long wide; } value;
    } *field = fields;
    for (int i = 0; i < count; i++) {
        field[i].result = *script("FAKE_NO_INSTANT") ? NOT_SUPPORTED : power_refusal(device);
        if (field[i].id != FIELD_POWER_INSTANT) field[i].result = NOT_SUPPORTED;
        field[i].type = VALUE_UNSIGNED_INT;
        field[i].value.wide = 0;
        double watts = power_w(device->index, now_s());
        if (field[i].scope == SCOPE_MODULE) {
            watts = number("FAKE_MODULE_W", 0);
            if (watts <= 0) field[i].result = NOT_SUPPORTED;
        }
        field[i].value.whole = (unsigned)(watts * 1000);
    }
    return SUCCESS;
}
Return nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long *out) {
    const char *without = script("FAKE_NO_COUNTER");
    if (!strcmp(without, "all") || (*without && atoi(without) == device->index)) return NOT_SUPPORTED;
    double period_s = number("FAKE_COUNTER_PERIOD_MS", 20) / 1000;
    double time_s = !strcmp(script("FAKE_COUNTER"), "stuck") ? started_s : now_s();
    double share = !strcmp(script("FAKE_COUNTER"), "half") ? 0.5 : 1.0;
    double updated_s = period_s > 0 ? floor(time_s / period_s) * period_s : time_s;
    double module_w = number("FAKE_MODULE_W", 0);
    double joules = module_w > 0 ? module_w * updated_s : energy_j(device->index, updated_s);
    *out = (unsigned long long)(share * joules * 1000);
    return power_refusal(device);
}
Return nvmlDeviceGetC2cModeInfoV(Device device, void *enabled) {
    if (!*script("FAKE_MODULE_W")) return NOT_SUPPORTED;
    return answer(device, enabled, 1);
}
Return nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned *out) {
    return answer(device, out, device->limit_mw);
}
Return nvmlDeviceGetPowerManagementLimitConstraints(Device device, unsigned *low, unsigned *high) {
    *low = device->limit_mw / 3;
    return answer(device, high, device->limit_mw + 30000);
}
Return nvmlDeviceGetTemperature(Device device, unsigned sensor, unsigned *out) {
    (void)sensor;
    return answer(device, out, 41);
}
static Return reasons(Device device, unsigned long long *out) {
    *out = *script("FAKE_THROTTLE") ? strtoull(script("FAKE_THROTTLE"), NULL, 0) : 0x1 | 0x4;
    return refusal(device);
}
Return nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long *out) {
    return *script("FAKE_OLD_THROTTLE") ? FUNCTION_NOT_FOUND : reasons(device, out);
}
Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long *out) {
    return reasons(device, out);
}

static Return link(Device device, unsigned *out, unsigned value) {
    return *script("FAKE_UNIFIED") ? NOT_SUPPORTED : answer(device, out, value);
}
static unsigned link_script(int part, unsigned otherwise) {
    unsigned generation, width;
    if (sscanf(script("FAKE_LINK"), "%u:%u", &generation, &width) < 2) return otherwise;
    return part ? width : generation;
}
Return nvmlDeviceGetCurrPcieLinkGeneration(Device device, unsigned *out) {
    return link(device, out, link_script(0, 1));
}
Return nvmlDeviceGetMaxPcieLinkGeneration(Device device, unsigned *out) {
    return link(device, out, device->generation);
}
Return nvmlDeviceGetCurrPcieLinkWidth(Device device, unsigned *out) {
    return link(device, out, link_script(1, device->width));
}
Return nvmlDeviceGetMaxPcieLinkWidth(Device device, unsigned *out) { return link(device, out, 16); }

Return nvmlDeviceGetEccMode(Device device, unsigned *now, unsigned *pending) {
    *pending = 1;
    return *script("FAKE_ECC") ? answer(device, now, 1) : NOT_SUPPORTED;
}
Return nvmlDeviceGetTotalEccErrors(Device device, unsigned uncorrected, unsigned aggregate,
                                   unsigned long long *out) {
    unsigned long long counts[2];
    if (aggregate || sscanf(script("FAKE_ECC"), "%llu:%llu", &counts[0], &counts[1]) < 2)
        return NOT_SUPPORTED;
    *out = counts[uncorrected ? 1 : 0];
    return refusal(device);
}
Return nvmlDeviceGetPersistenceMode(Device device, unsigned *out) {
    return answer(device, out, *script("FAKE_NO_PERSISTENCE") ? 0 : 1);
}
Return nvmlDeviceGetMigMode(Device device, unsigned *now, unsigned *pending) {
    *pending = 0;
    return *script("FAKE_MIG") ? answer(device, now, 1) : NOT_SUPPORTED;
}
Return nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned *out) {
    return answer(device, out, *script("FAKE_MIG") ? 7 : 0);
}
Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned place, Device *out) {
    (void)device;
    if (!*script("FAKE_MIG")) return NOT_SUPPORTED;
    if (place != 0 && place != 2) return NOT_FOUND;
    *out = &instances[place / 2];
    return SUCCESS;
}
Return nvmlDeviceGetAttributes_v2(Device device, void *out) {
    struct {
        unsigned multiprocessors, shared[5], gpu_slices, compute_slices;
        unsigned long long memory_mib;
    } *parts = out;
    memset(parts, 0, sizeof *parts);
    parts->gpu_slices = parts->compute_slices = 2 - (unsigned)device->index;
    parts->multiprocessors = 14 * parts->gpu_slices;
    parts->memory_mib = device->memory >> 20;
    return refusal(device);
}
Return nvmlDeviceGetNumGpuCores(Device device, unsigned *out) {
    return answer(device, out, 1000 + (unsigned)device->index);
}

struct Process { unsigned pid; unsigned long long memory; unsigned instance, compute; };

static Return listed(const struct Process *held, unsigned length, unsigned *count, struct Process *out) {
    unsigned room = *count;
    if (*script("FAKE_NO_PERMISSION")) return NO_PERMISSION;
    *count = length;
    if (!length) return SUCCESS;
    if (room < length) return INSUFFICIENT_SIZE;
    for (unsigned i = 0; i < length; i++) {
        out[i] = held[i];
        if (*script("FAKE_WDDM")) out[i].memory = ~0ULL;
    }
    return SUCCESS;
}
Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned *count, void *out) {
    const struct Process held[] = {{(unsigned)number("FAKE_PID", 4242), 512ULL << 20, ~0u, ~0u}};
    (void)device;
    return listed(held, 1, count, out);
}
Return nvmlDeviceGetUtilizationRates(Device device, void *out) {
    struct { unsigned gpu, memory; } *rates = out;
    rates->gpu = (unsigned)number("FAKE_BUSY_PERCENT", 0);
    rates->memory = 0;
    return refusal(device);
}
Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned *count, void *out) {
    static const struct Process held[] = {{4242, 512ULL << 20, ~0u, ~0u}, {1717, 64ULL << 20, ~0u, ~0u}};
    (void)device;
    return listed(held, *script("FAKE_GRAPHICS") ? 2 : 0, count, out);
}
