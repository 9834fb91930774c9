// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include "model/base/place.h"
}

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace
{

std::string found(char *path)
{
    std::string text = path;
    free(path);
    return text;
}

TEST(Place, InstalledCodeFindsItsFilesWhereverThePrefixIs)
{
    for (const std::string prefix : {"", "/usr", "/home/a b/lib/bin"}) {
        const std::string modules = found(place_of_code(PLACE_MODULES, (prefix + "/bin/memspike").c_str()));
        const std::string tail = "/memspike/modules";
        ASSERT_EQ(modules.compare(0, prefix.size() + 4, prefix + "/lib"), 0) << modules;
        ASSERT_EQ(modules.substr(modules.size() - tail.size()), tail);
        const std::string library = modules.substr(0, modules.size() - tail.size());
        for (const std::string &file :
             {prefix + "/bin/memspike", library + "/libmemspike.so.0", modules + "/a.so"}) {
            EXPECT_EQ(found(place_of_code(PLACE_MODULES, file.c_str())), modules);
            EXPECT_EQ(found(place_of_code(PLACE_SHARE, file.c_str())), prefix + "/share/memspike");
            EXPECT_EQ(found(place_of_code(PLACE_VIEWS, file.c_str())), prefix + "/share/memspike/views");
        }
    }
}

TEST(Place, CodeElsewhereFindsNothingOfTheBuild)
{
    EXPECT_EQ(found(place_of_code(PLACE_SHARE, "/opt/memspike")), "/opt/share/memspike");
    EXPECT_EQ(found(place_of_code(PLACE_SHARE, "/memspike")), "/share/memspike");
    EXPECT_EQ(found(place_of_code(PLACE_SHARE, "/robin/memspike")), "/robin/share/memspike");
}

TEST(Place, TheBuildFindsTheSources)
{
    const std::filesystem::path modules = found(place_find(PLACE_MODULES));
    EXPECT_EQ(std::filesystem::canonical("/proc/self/exe").parent_path().parent_path() / "modules", modules);
    EXPECT_EQ(found(place_find(PLACE_SHARE)), MEMSPIKE_SOURCE_DIR "/data");
    EXPECT_EQ(found(place_of_code(PLACE_VIEWS, (modules / "a.so").c_str())),
              MEMSPIKE_SOURCE_DIR "/testbench/waves");
}

TEST(Place, WhatIsInstalledIntoTheFolderOfTheBuildFindsWhatIsBesideIt)
{
    const std::filesystem::path prefix =
        std::filesystem::canonical("/proc/self/exe").parent_path() / "prefix";
    const std::string program = (prefix / "bin/memspike").string();
    EXPECT_EQ(found(place_of_code(PLACE_SHARE, program.c_str())), MEMSPIKE_SOURCE_DIR "/data");
    std::filesystem::create_directories(prefix / "share/memspike");
    EXPECT_EQ(found(place_of_code(PLACE_SHARE, program.c_str())), (prefix / "share/memspike").string());
    std::filesystem::remove_all(prefix);
}

} // namespace
