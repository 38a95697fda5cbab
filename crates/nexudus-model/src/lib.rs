//! Every entity of the Nexudus REST API as typed records, drafts, filters and tables
