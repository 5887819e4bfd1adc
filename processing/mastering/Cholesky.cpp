// Small dense covariances: one factor, then triangular solves. Pure functions, any thread.

#include "processing/mastering/Cholesky.h"

#include <cmath>
#include <utility>

namespace segue::mastering {

std::optional<Cholesky> Cholesky::of(const std::vector<double>& matrix, std::size_t n) {
    Cholesky factor;
    factor.n_ = n;
    factor.lower_.assign(n * n, 0.0);
    std::vector<double>& l = factor.lower_;
    for (std::size_t row = 0; row < n; ++row)
        for (std::size_t column = 0; column <= row; ++column) {
            double sum = matrix[row * n + column];
            for (std::size_t k = 0; k < column; ++k)
                sum -= l[row * n + k] * l[column * n + k];
            if (row != column)
                l[row * n + column] = sum / l[column * n + column];
            else if (sum > 0 && std::isfinite(sum))
                l[row * n + row] = std::sqrt(sum);
            else
                return std::nullopt;
        }
    return factor;
}

std::vector<double> Cholesky::whiten(std::vector<double> v) const {
    for (std::size_t row = 0; row < n_; ++row) {
        for (std::size_t k = 0; k < row; ++k)
            v[row] -= lower_[row * n_ + k] * v[k];
        v[row] /= lower_[row * n_ + row];
    }
    return v;
}

std::vector<double> Cholesky::solve(std::vector<double> v) const {
    v = whiten(std::move(v));
    for (std::size_t row = n_; row-- > 0;) {
        for (std::size_t k = row + 1; k < n_; ++k)
            v[row] -= lower_[k * n_ + row] * v[k];
        v[row] /= lower_[row * n_ + row];
    }
    return v;
}

double innerProduct(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

} // namespace segue::mastering
