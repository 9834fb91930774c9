// SPDX-License-Identifier: Apache-2.0
/* What the tests of the text layer share: small archives, small sets of reviews. */
#ifndef MEMSPIKE_TESTS_SUPPORT_TEXT_H
#define MEMSPIKE_TESTS_SUPPORT_TEXT_H

#include "support/files.h"

#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>
#include <string>
#include <utility>
#include <vector>

namespace text_support
{

using support::read_file;
using support::TemporaryFolder;
using support::write_file;

struct Member {
    std::string path;
    std::string content;
    unsigned type = AE_IFREG;
    std::string hardlink = {};
};

enum class Format { tar, tar_gz, tar_zst, raw_gz, raw_xz, raw_zst, zip };

inline void write_archive(const std::string &path, const std::vector<Member> &members, Format format)
{
    struct archive *archive = archive_write_new();
    if (format == Format::tar_gz || format == Format::raw_gz) {
        ASSERT_EQ(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
    } else if (format == Format::raw_xz) {
        ASSERT_EQ(archive_write_add_filter_xz(archive), ARCHIVE_OK);
    } else if (format == Format::tar_zst || format == Format::raw_zst) {
        ASSERT_EQ(archive_write_add_filter_zstd(archive), ARCHIVE_OK);
    }
    if (format == Format::zip) {
        ASSERT_EQ(archive_write_set_format_zip(archive), ARCHIVE_OK);
    } else if (format == Format::raw_gz || format == Format::raw_xz || format == Format::raw_zst) {
        ASSERT_EQ(archive_write_set_format_raw(archive), ARCHIVE_OK);
    } else {
        ASSERT_EQ(archive_write_set_format_ustar(archive), ARCHIVE_OK);
    }
    ASSERT_EQ(archive_write_open_filename(archive, path.c_str()), ARCHIVE_OK);
    for (const Member &member : members) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.path.c_str());
        archive_entry_set_filetype(entry, member.type);
        archive_entry_set_perm(entry, 0644);
        if (member.type == AE_IFLNK) {
            archive_entry_set_symlink(entry, member.content.c_str());
        } else if (!member.hardlink.empty()) {
            archive_entry_set_hardlink(entry, member.hardlink.c_str());
        } else if (member.type == AE_IFREG) {
            archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
        }
        ASSERT_EQ(archive_write_header(archive, entry), ARCHIVE_OK) << archive_error_string(archive);
        if (member.type == AE_IFREG && member.hardlink.empty()) {
            ASSERT_EQ(archive_write_data(archive, member.content.data(), member.content.size()),
                      static_cast<la_ssize_t>(member.content.size()));
        }
        archive_entry_free(entry);
    }
    ASSERT_EQ(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

/* Reviews of all four groups, their numbers in no order, one empty, one not UTF-8. "fine" occurs 12 times in
 * training, "dire" 10 times, "rare" 9 times; "never" 20 times, but in the test part only. */
inline std::vector<Member> sample_reviews()
{
    return {
        {"aclImdb/test/pos/10_8.txt", "fine never never never never never never never never never never"},
        {"aclImdb/test/pos/9_10.txt", "fine dire"},
        {"aclImdb/test/neg/0_1.txt", "never never never never never never never never never never"},
        {"aclImdb/train/pos/2_9.txt", "Fine fine FINE fine"},
        {"aclImdb/train/pos/10_7.txt", "fine fine fine fine fine fine rare rare"},
        {"aclImdb/train/pos/1_10.txt", ""},
        {"aclImdb/train/neg/7_3.txt", "dire dire dire dire dire dire fine, rare rare rare rare"},
        {"aclImdb/train/neg/0_1.txt", "dire dire dire dire\xff fine rare rare rare <br /> dire"},
    };
}

inline std::vector<Member> with(std::vector<Member> members, Member more)
{
    members.push_back(std::move(more));
    return members;
}

/* Members as files under `folder`. */
inline void write_folder(const std::string &folder, const std::vector<Member> &members)
{
    for (const Member &member : members) {
        write_file(folder + "/" + member.path, member.content);
    }
}

} // namespace text_support

#endif
