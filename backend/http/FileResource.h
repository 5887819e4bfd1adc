#pragma once

#include <filesystem>
#include <string>

#include "backend/http/RangeResponder.h"
#include "backend/http/RequestContext.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::http {

/// An open regular file as it is; read in blocks, never loaded whole. A file that is edited or
/// truncated while it is served fails with Changed, so that no answer mixes two versions.
/// @errors  NotFound, Io, Unsupported (not a regular file)
Result<RangedResource> fileResource(const std::filesystem::path& path, std::string contentType);
Result<RangedResource> fileResource(UniqueFd file, std::string contentType);

/// fileResource() and serveRanged(), or the problem.
/// @param expected  if given, a file whose stamp differs answers Changed
void serveFile(const RequestContext& ctx, httplib::Response& res, const std::filesystem::path& path,
               const std::string& contentType, const FileStamp* expected = nullptr);

/// Strong entity tag of a file's stamp, with its quotes.
std::string etagOf(const FileStamp& stamp);

} // namespace segue::http
