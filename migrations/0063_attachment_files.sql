-- Which paper a stored file belongs to, and which papers were taken out of a folder: for letting go of files nobody can reach.
CREATE INDEX attachment_blob ON attachment (blob);
CREATE INDEX attachment_preview ON attachment (preview) WHERE preview <> '';
CREATE INDEX attachment_removed ON attachment (removed_at, id) WHERE removed_at <> '' AND blob <> '';
