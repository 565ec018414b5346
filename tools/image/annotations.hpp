// What annotations of config.json say of the image that a bundle is made of (conversion.md).
#pragma once

namespace ocikit::image::annotation {

inline constexpr const char* os = "org.opencontainers.image.os";
inline constexpr const char* architecture = "org.opencontainers.image.architecture";
inline constexpr const char* variant = "org.opencontainers.image.variant";
inline constexpr const char* os_version = "org.opencontainers.image.os.version";
inline constexpr const char* os_features = "org.opencontainers.image.os.features";
inline constexpr const char* author = "org.opencontainers.image.author";
inline constexpr const char* created = "org.opencontainers.image.created";
inline constexpr const char* stop_signal = "org.opencontainers.image.stopSignal";
inline constexpr const char* exposed_ports = "org.opencontainers.image.exposedPorts";

}  // namespace ocikit::image::annotation
