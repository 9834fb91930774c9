// SPDX-License-Identifier: Apache-2.0
// Objects of the library, as its tests make them.
#ifndef MEMSPIKE_TESTS_SUPPORT_LIBRARY_H
#define MEMSPIKE_TESTS_SUPPORT_LIBRARY_H

#include <memspike/memspike.h>

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <utility>

template <typename Object, void (*release)(Object *)> struct Release {
    void operator()(Object *object) const
    {
        release(object);
    }
};
template <typename Object, void (*release)(Object *)>
using Owner = std::unique_ptr<Object, Release<Object, release>>;
using Settings = Owner<memspike_settings, memspike_settings_free>;
using Device = Owner<memspike_device, memspike_device_free>;
using Crossbar = Owner<memspike_crossbar, memspike_crossbar_free>;
using Engine = Owner<memspike_engine, memspike_engine_free>;
using Corpus = Owner<memspike_corpus, memspike_corpus_free>;
using Network = Owner<memspike_network, memspike_network_free>;
using Deployment = Owner<memspike_deployment, memspike_deployment_free>;

inline Settings settings_with(std::initializer_list<std::pair<const char *, const char *>> values)
{
    memspike_settings *settings = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_settings_create(nullptr, &settings, &error), MEMSPIKE_OK) << error.message;
    for (const auto &[name, value] : values) {
        EXPECT_EQ(memspike_settings_set(settings, name, value, &error), MEMSPIKE_OK) << error.message;
    }
    return Settings(settings);
}

inline Device paper_device()
{
    memspike_device *device = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_device_load(nullptr, &device, &error), MEMSPIKE_OK) << error.message;
    return Device(device);
}

inline Crossbar crossbar_of(const Settings &settings, const Device &device)
{
    memspike_crossbar *crossbar = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_crossbar_create(settings.get(), device.get(), &crossbar, &error), MEMSPIKE_OK)
        << error.message;
    return Crossbar(crossbar);
}

inline Engine engine_of(const Settings &settings, const Crossbar &crossbar)
{
    memspike_engine *engine = nullptr;
    memspike_error error = {""};
    EXPECT_EQ(memspike_engine_create(settings.get(), 1, crossbar.get(), &engine, &error), MEMSPIKE_OK)
        << error.message;
    return Engine(engine);
}

#endif
