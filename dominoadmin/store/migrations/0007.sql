-- The files that administrators have installed on servers, by their paths in the data folder. Others are not opened.
CREATE TABLE installed_files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) {strict};
