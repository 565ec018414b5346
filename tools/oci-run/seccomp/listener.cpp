#include "seccomp/listener.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/version.hpp>

#include "handover.hpp"
#include "kernel/channel.hpp"

namespace ocikit::run {

void send_to_listener(const SeccompFilter::Listener& listener, const spec::State& state, pid_t pid, int fd) {
    boost::json::object message{
        {"ociVersion", spec_version}, {"fds", boost::json::array{"seccompFd"}}, {"pid", pid}};
    if (!listener.metadata.empty())
        message["metadata"] = listener.metadata;
    message["state"] = encode(state);
    const std::string text = boost::json::serialize(message);
    try {
        const Channel connection(connect_to(listener.path, "connect to the listener's socket"));
        // the descriptor with the first part only
        for (std::size_t at = 0; at < text.size(); at += Channel::largest_message)
            connection.send(std::string_view(text).substr(at), at == 0 ? fd : -1);
    } catch (const Error& error) {
        throw error.within("config.json: /linux/seccomp/listenerPath");
    }
}

}  // namespace ocikit::run
