# cmake -DINPUT=FILE -DOUTPUT=FILE.cpp -P embed.cmake: the bytes of a file as init_stub.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}.tmp" "#include \"stub/init_stub.hpp\"\n\nnamespace ocikit::run {\n\nstatic const unsigned char bytes[] = {${bytes}};\nconst std::span<const unsigned char> init_stub{bytes};\n\n}  // namespace ocikit::run\n")
file(RENAME "${OUTPUT}.tmp" "${OUTPUT}")
