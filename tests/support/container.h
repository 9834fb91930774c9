// SPDX-License-Identifier: Apache-2.0
/* The container of corpus and model files, filled by hand and with a correct checksum. */
#ifndef MEMSPIKE_TESTS_SUPPORT_CONTAINER_H
#define MEMSPIKE_TESTS_SUPPORT_CONTAINER_H

#include "base/container.h"
#include "base/output_file.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace support
{

/* A string behind its length, whatever is in it: container_put_string() would end it at its first zero. */
inline void put_text(struct container_writer *writer, const std::string &text)
{
    container_put_u32(writer, static_cast<uint32_t>(text.size()));
    container_put(writer, text.data(), text.size());
}

/* What the writer has; it is released. */
inline std::string taken(struct container_writer *writer)
{
    std::string bytes(reinterpret_cast<const char *>(writer->bytes), writer->length);
    container_free(writer);
    return bytes;
}

/* A file with these bytes behind its header. */
inline void write_container(const std::string &path, const std::string &bytes, const char *magic,
                            uint32_t version)
{
    struct container_writer writer = {};
    struct output_file *file = nullptr;
    struct error error = {};
    container_put(&writer, bytes.data(), bytes.size());
    ASSERT_EQ(output_file_open(path.c_str(), &file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(container_write(&writer, magic, version, file, &error), STATUS_OK) << error.message;
    ASSERT_EQ(output_file_commit(file, &error), STATUS_OK) << error.message;
    container_free(&writer);
}

} // namespace support

#endif
