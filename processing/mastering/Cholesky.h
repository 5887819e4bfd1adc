#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace segue::mastering {

/// The lower triangular L of a symmetric positive definite matrix C = L L^T.
class Cholesky {
  public:
    /// @param matrix  n * n, by rows; only the lower triangle is read
    /// @return  nothing unless the matrix is positive definite and finite
    static std::optional<Cholesky> of(const std::vector<double>& matrix, std::size_t n);

    /// L^-1 v: vectors whitened so have x^T C^-1 y as their inner product.
    std::vector<double> whiten(std::vector<double> v) const;
    /// C^-1 v.
    std::vector<double> solve(std::vector<double> v) const;

  private:
    std::size_t n_ = 0;
    std::vector<double> lower_;
};

double innerProduct(const std::vector<double>& a, const std::vector<double>& b);

} // namespace segue::mastering
