// SPDX-License-Identifier: Apache-2.0
/* Files of a test: a folder that goes away with it, and whole files as text. */
#ifndef MEMSPIKE_TESTS_SUPPORT_FILES_H
#define MEMSPIKE_TESTS_SUPPORT_FILES_H

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace support
{

class TemporaryFolder
{
  public:
    TemporaryFolder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "memspike_test_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) {
            std::abort();
        }
        path_ = pattern;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;

    std::string operator/(const std::string &name) const
    {
        return path_ + "/" + name;
    }
    const std::string &path() const
    {
        return path_;
    }

  private:
    std::string path_;
};

/* Makes the folders that it needs, too. */
inline void write_file(const std::string &path, const std::string &content)
{
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream stream(path, std::ios::binary);
    stream << content;
    ASSERT_TRUE(stream.good()) << path;
}

inline std::string read_file(const std::string &path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/* A file of the project, by its path in there. */
inline std::string project_file(const std::string &path)
{
    return read_file(MEMSPIKE_SOURCE_DIR "/" + path);
}

} // namespace support

#endif
