// Chunked request bodies. A state machine over bytes, on the connection's thread. The library's own
// decoder takes "-1" for a size, reads size lines of any length and forgets the payload limit; it
// never sees a chunked body.

#include "backend/http/ChunkedDecoder.h"

#include <algorithm>

namespace segue::http {
namespace {

/// Extensions and trailers together; nobody who is honest sends any.
constexpr std::size_t kMaxDroppedBytes = 8192;
/// 2^60 is beyond every body limit, and below what overflows.
constexpr int kMaxSizeDigits = 15;

int hexValue(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

} // namespace

ChunkedDecoder::State ChunkedDecoder::feed(std::string_view bytes, std::string& body,
                                           std::size_t& consumed) {
    consumed = 0;
    while (consumed < bytes.size()) {
        if (step_ == Step::Data) {
            const auto take = static_cast<std::size_t>(
                std::min<std::uint64_t>(chunkBytes_, bytes.size() - consumed));
            body.append(bytes.substr(consumed, take));
            consumed += take;
            decoded_ += take;
            chunkBytes_ -= take;
            if (chunkBytes_ == 0)
                step_ = Step::DataCr;
            continue;
        }
        if (const State state = step(bytes[consumed++]); state != State::More)
            return state;
    }
    return State::More;
}

ChunkedDecoder::State ChunkedDecoder::step(char c) {
    switch (step_) {
    case Step::Size:
        if (const int digit = hexValue(c); digit >= 0) {
            if (++sizeDigits_ > kMaxSizeDigits)
                return State::TooLarge;
            chunkBytes_ = chunkBytes_ * 16 + static_cast<std::uint64_t>(digit);
            return State::More;
        }
        if (sizeDigits_ == 0)
            return State::Malformed;
        if (c == '\r')
            step_ = Step::SizeLf;
        else if (c == ';' || c == ' ' || c == '\t')
            step_ = Step::Extension;
        else
            return State::Malformed;
        return State::More;
    case Step::Extension:
        if (c == '\n')
            return State::Malformed;
        if (c == '\r')
            step_ = Step::SizeLf;
        return ++droppedBytes_ > kMaxDroppedBytes ? State::TooLarge : State::More;
    case Step::SizeLf:
        if (c != '\n')
            return State::Malformed;
        if (chunkBytes_ > maxBytes_ - decoded_)
            return State::TooLarge;
        sizeDigits_ = 0;
        trailerLineBytes_ = 0;
        step_ = chunkBytes_ == 0 ? Step::Trailer : Step::Data;
        return State::More;
    case Step::Data:
        break;
    case Step::DataCr:
        step_ = Step::DataLf;
        return c == '\r' ? State::More : State::Malformed;
    case Step::DataLf:
        step_ = Step::Size;
        return c == '\n' ? State::More : State::Malformed;
    case Step::Trailer:
        if (c == '\n')
            return State::Malformed;
        if (c == '\r')
            step_ = Step::TrailerLf;
        else
            ++trailerLineBytes_;
        return ++droppedBytes_ > kMaxDroppedBytes ? State::TooLarge : State::More;
    case Step::TrailerLf:
        if (c != '\n')
            return State::Malformed;
        if (trailerLineBytes_ == 0)
            return State::Complete;
        trailerLineBytes_ = 0;
        step_ = Step::Trailer;
        return State::More;
    }
    return State::Malformed;
}

} // namespace segue::http
