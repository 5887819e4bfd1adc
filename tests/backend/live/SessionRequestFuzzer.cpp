// The bodies of session requests as arbitrary bytes: what is accepted lies in its bounds, and no
// message grows with what was sent.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "backend/live/SessionRequest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace segue::backend::live;
    const auto require = [](bool holds) {
        if (!holds)
            std::abort();
    };
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    for (const RequestKind kind : {RequestKind::Begin, RequestKind::Change}) {
        const auto request = parseSessionRequest(body, kind);
        if (!request) {
            require(request.error().message.size() < 400);
            continue;
        }
        require(request->trackId.value_or(1) >= 1);
        require(request->trackId.has_value() == (kind == RequestKind::Begin));
        const double position = request->positionSeconds.value_or(0);
        require(std::isfinite(position) && position >= 0);
        const int lead = request->leadMs.value_or(kLeastLeadMs);
        require(lead >= kLeastLeadMs && lead <= kMostLeadMs);
        const auto settings = merged({}, *request);
        require(settings.size() == request->settings.size());
        if (const auto parameters = parseSettings(settings))
            require(parameters->request.intensity >= 0 && parameters->request.intensity <= 1);
    }
    return 0;
}
