#pragma once

#include <set>
#include <string>

#include "processing/types/UniqueFd.h"

namespace segue::library {

/// What is mounted where. @thread one at a time
class MountTable {
  public:
    MountTable();

    /// Becomes ready with POLLPRI and POLLERR whenever something is mounted or unmounted; -1 where
    /// the system does not tell.
    int fd() const noexcept { return file_.get(); }

    /// The mounts at, above or below one of `directories`, each with what is mounted there.
    std::set<std::string> around(const std::set<std::string>& directories) const;

  private:
    UniqueFd file_;
};

/// Whether the file system at `path` may be changed by other machines, or by programs, without the
/// kernel of this one being told.
bool mayChangeUnseen(const std::string& path);

} // namespace segue::library
