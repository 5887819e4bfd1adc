#pragma once

#include <cstdint>
#include <vector>

namespace segue::artwork {

/// Four bytes a pixel: red, green, blue, alpha (not premultiplied).
struct Image {
    int width = 0, height = 0;
    std::vector<std::uint8_t> pixels;
};

/// Makes a picture smaller while its rows arrive: every pixel of the result is the mean of the area
/// that it covers, by alpha. So a large picture need not be held.
/// @thread one at a time
class Shrinker {
  public:
    /// The result's longer side is `size`, or the source's where that is less.
    /// @param width  of the rows, >= 1  @param height  number of rows, >= 1
    Shrinker(int width, int height, int size);

    /// @param row  width pixels of four bytes
    void add(const std::uint8_t* row);
    /// Rows that have not come are transparent.
    Image finish();

  private:
    void addRow(const std::uint8_t* row);
    void writeRow();

    int width_, height_;
    Image image_;
    int rowsIn_ = 0, rowsOut_ = 0;
    std::vector<float> wide_;   ///< the row as it came, premultiplied
    std::vector<float> narrow_; ///< the row in the result's width
    std::vector<float> sum_;    ///< of the rows of the result's next row
};

} // namespace segue::artwork
