#include "cgroup/resources.hpp"

namespace ocikit::run {

namespace {

template <class T>
void drop_zero(std::optional<T>& value) {
    if (value && *value == 0)
        value.reset();
}

}  // namespace

spec::Resources without_zeros(spec::Resources resources) {
    if (auto& memory = resources.memory) {
        drop_zero(memory->limit);
        drop_zero(memory->swap);
        drop_zero(memory->reservation);
        drop_zero(memory->kernel);
        drop_zero(memory->kernelTCP);
    }
    if (auto& cpu = resources.cpu) {
        drop_zero(cpu->shares);
        drop_zero(cpu->quota);
        drop_zero(cpu->period);
        drop_zero(cpu->realtimePeriod);
        drop_zero(cpu->realtimeRuntime);
    }
    if (auto& io = resources.blockIO) {
        drop_zero(io->weight);
        drop_zero(io->leafWeight);
        for (auto& device : io->weightDevice) {
            drop_zero(device.weight);
            drop_zero(device.leafWeight);
        }
    }
    return resources;
}

}  // namespace ocikit::run
