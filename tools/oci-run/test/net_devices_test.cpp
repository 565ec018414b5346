// Network devices of the host that are moved into the container.
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;
namespace fs = std::filesystem;

namespace {

Outcome shell(const std::string& script) {
    return Child({"/bin/sh", "-c", script}).wait();
}

std::string name_of(char letter) {
    return std::string("ok") + letter + std::to_string(::getpid() % 100000);
}

// Two ends of a cable in this network namespace; what is left of it goes at the end.
struct Cable {
    std::string one = name_of('a'), other = name_of('b');
    bool made = shell("ip link add " + one + " type veth peer name " + other).status == 0;

    Cable() = default;
    Cable(const Cable&) = delete;
    ~Cable() { shell("ip link del " + one + " 2>/dev/null || ip link del " + other + " 2>/dev/null"); }
};

std::string why_no_cables(const Cable& cable) {
    return cable.made ? "" : "this machine can't make network devices (ip link add … type veth)";
}

std::string described(const std::string& device) {
    return shell("ip -o addr show dev " + device +
                 " scope global | sed 's/^[0-9]*: //'; cat /sys/class/net/" + device +
                 "/mtu /sys/class/net/" + device + "/address; ip -o link show dev " + device +
                 " | grep -c '[<,]UP[,>]'")
        .out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_devices)

CONTAINER_TEST(a_device_is_moved_with_its_addresses) {
    const Cable cable;
    if (!cable.made)
        return ocikit::test::skip(why_no_cables(cable));
    shell("ip addr add 192.0.2.1/24 dev " + cable.one + "; ip addr add 192.0.2.9/32 dev " + cable.one +
          "; ip addr add 2001:db8::1/64 nodad dev " + cable.one +
          "; ip addr add 192.0.2.7/24 scope link dev " + cable.one +
          "; ip addr add 192.0.2.8/24 valid_lft 900 preferred_lft 900 dev " + cable.one + "; ip link set " +
          cable.one + " mtu 1400 address 02:00:00:00:00:01");
    bundle.config.linux->netDevices[cable.one] = {};
    bundle.config.linux->netDevices[cable.other] = {"eth0"};
    const Outcome outcome = run_script("ip addr show dev " + cable.one + "; ip addr show dev eth0");
    BOOST_TEST(outcome.status == 0, outcome);
    for (const char* const part : {"192.0.2.1/24 ", "192.0.2.9/32 ", "2001:db8::1/64 ", "mtu 1400",
                                   "02:00:00:00:00:01", "eth0", ",UP"})
        BOOST_TEST(has(outcome.out, part), part << " in " << outcome);
    for (const char* const part : {"192.0.2.7", "192.0.2.8", "state DOWN"})
        BOOST_TEST(!has(outcome.out, part), part << " in " << outcome);
    // it has gone with the container's network namespace
    BOOST_TEST(eventually([&] { return !fs::exists("/sys/class/net/" + cable.one); }));
}

CONTAINER_TEST(the_kernel_chooses_a_number) {
    const Cable cable;
    if (!cable.made)
        return ocikit::test::skip(why_no_cables(cable));
    bundle.config.linux->netDevices[cable.one] = {"net%d"};
    bundle.config.linux->netDevices[cable.other] = {"net%d"};
    // a sysctl of the device, as it is called in the container
    bundle.config.linux->sysctl["net.ipv4.conf.net0.forwarding"] = "1";
    const Outcome outcome = run_script(
        "ls /sys/class/net; cat /proc/sys/net/ipv4/conf/net0/forwarding; "
        "ip link | grep -c '[<,]UP[,>]'");
    BOOST_TEST(outcome.out == "lo\nnet0\nnet1\n1\n3\n", outcome);
}

CONTAINER_TEST(a_device_is_there_for_hooks) {
    const Cable cable;
    if (!cable.made)
        return ocikit::test::skip(why_no_cables(cable));
    bundle.config.linux->netDevices[cable.one] = {"eth0"};
    bundle.config.hooks.emplace();
    const std::string seen = bundle.directory().path("seen");
    bundle.config.hooks->createContainer = {{"/bin/sh",
                                             {"sh", "-c", "ip -o link show dev eth0 > " + seen},
                                             {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                             {}}};
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    BOOST_TEST(has(read_file(seen), "eth0"));
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
}

CONTAINER_TEST(a_device_comes_back_if_the_container_is_not_made) {
    const Cable cable;
    if (!cable.made)
        return ocikit::test::skip(why_no_cables(cable));
    const std::string bridge = name_of('c');
    shell("ip link add " + bridge + " type bridge; ip link set " + cable.one + " up master " + bridge +
          "; ip addr add 192.0.2.1/24 dev " + cable.one + "; ip addr add 2001:db8::1/64 nodad dev " +
          cable.one);
    const std::string before = described(cable.one);
    BOOST_TEST(has(before, "192.0.2.1/24"));
    bundle.config.linux->netDevices[cable.one] = {"eth0"};
    const auto check_it_is_back = [&](const Outcome& outcome, const char* why) {
        BOOST_TEST(outcome.status == 1, why);
        BOOST_TEST(has(outcome.err, why), outcome);
        BOOST_TEST(described(cable.one) == before, why);
        BOOST_TEST(fs::exists("/sys/class/net/" + cable.one + "/master"), why);
    };
    bundle.config.process->args = {"/none"};
    check_it_is_back(run(), "\"/none\" in the root filesystem: no such file or directory");
    bundle.config.process->args = {"/bin/sh"};
    // a second one that stays: a bridge can't be moved
    bundle.config.linux->netDevices[bridge] = {};
    check_it_is_back(run(),
                     ("config.json: /linux/netDevices/" + bridge +
                      ": move to the other network namespace: invalid argument\n  some devices, such as "
                      "the loopback one and bridges, stay in their namespace")
                         .c_str());
    bundle.config.linux->netDevices.erase(bridge);
    bundle.config.hooks.emplace();
    bundle.config.hooks->createRuntime = {{"/bin/false", {}, {}, {}}};
    check_it_is_back(run(), "createRuntime");
    shell("ip link del " + bridge);
}

CONTAINER_TEST(names_that_are_taken) {
    const Cable cable;
    if (!cable.made)
        return ocikit::test::skip(why_no_cables(cable));
    const std::string space = name_of('n');
    if (shell("ip netns add " + space + " && ip -n " + space +
              " link add eth0 type veth peer name eth1 && ip -n " + space + " link add " + cable.one +
              " type veth peer name eth2")
            .status != 0)
        return ocikit::test::skip("ip netns add doesn't work here");
    for (auto& ns : bundle.config.linux->namespaces)
        if (ns.type == spec::NamespaceType::network)
            ns.path = "/run/netns/" + space;
    bundle.config.linux->netDevices[cable.one] = {"eth0"};
    Outcome outcome = run();
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "config.json: /linux/netDevices/" + cable.one +
                                    ": the container's network namespace has a device \"eth0\" already"),
               outcome);
    BOOST_TEST(fs::exists("/sys/class/net/" + cable.one));
    // its own name is taken there, but it gets another
    bundle.config.linux->netDevices[cable.one] = {"eth%d"};
    outcome = run_script("ip link show dev eth3");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(!fs::exists("/sys/class/net/" + cable.one));
    // what lives in a namespace that isn't the container's stays
    BOOST_TEST(shell("ip -n " + space + " link show dev eth3").status == 0);
    shell("ip netns del " + space);
}

CONTAINER_TEST(devices_that_can_not_be_moved) {
    bundle.config.linux->netDevices["ocikit-none"] = {};
    Outcome outcome = run();
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err,
                   "config.json: /linux/netDevices/ocikit-none: there is no network device \"ocikit-none\""),
               outcome);
    bundle.config.linux->netDevices = {{"lo", {"eth0"}}};
    outcome = run();
    BOOST_TEST(
        has(outcome.err, "/linux/netDevices/lo: move to the other network namespace: invalid argument"),
        outcome);
    bundle.config.linux->netDevices = {{"ocikit-none", {}}};
    for (auto& ns : bundle.config.linux->namespaces)
        if (ns.type == spec::NamespaceType::network)
            ns.path = "/proc/self/ns/net";
    outcome = run();
    BOOST_TEST(has(outcome.err,
                   "/linux/netDevices: the container's network namespace is the one that oci-run "
                   "is in"),
               outcome);
}

BOOST_AUTO_TEST_SUITE_END()
