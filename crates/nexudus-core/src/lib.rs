//! What a record, a field, a page and an envelope of the Nexudus REST API are
