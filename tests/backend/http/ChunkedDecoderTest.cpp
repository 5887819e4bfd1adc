#include "backend/http/ChunkedDecoder.h"

#include <gtest/gtest.h>

namespace segue::http {
namespace {

using State = ChunkedDecoder::State;

TEST(ChunkedDecoder, DecodesHoweverTheBytesArriveAndTakesNoMore) {
    const std::string wire =
        "5;x=\"y\"\r\nhello\r\n1 \r\n,\r\nA\r\n 123456789\r\n000\r\nT: 1\r\n\r\n";
    for (std::size_t step = 1; step <= wire.size(); ++step) {
        ChunkedDecoder decoder(16);
        std::string body;
        State state = State::More;
        std::size_t position = 0;
        while (state == State::More && position < wire.size()) {
            std::size_t consumed = 0;
            const std::string piece = (wire + "GET /").substr(position, step);
            state = decoder.feed(piece, body, consumed);
            position += consumed;
        }
        EXPECT_EQ(state, State::Complete);
        EXPECT_EQ(position, wire.size());
        EXPECT_EQ(body, "hello, 123456789");
    }
}

TEST(ChunkedDecoder, RefusesTheChunkThatWouldPassTheLimitBeforeReadingIt) {
    std::string body;
    std::size_t consumed = 0;
    EXPECT_EQ(ChunkedDecoder(4).feed("5\r\n", body, consumed), State::TooLarge);
    EXPECT_EQ(ChunkedDecoder(4).feed("2\r\nab\r\n3\r\n", body, consumed), State::TooLarge);
    EXPECT_EQ(ChunkedDecoder(4).feed("7fffffffffffffff\r\n", body, consumed), State::TooLarge);
    EXPECT_EQ(ChunkedDecoder(4).feed("fffffffffffffffff\r\n", body, consumed), State::TooLarge);
    EXPECT_EQ(ChunkedDecoder(4).feed("0000000000000000000000\r\n", body, consumed),
              State::TooLarge);
}

} // namespace
} // namespace segue::http
