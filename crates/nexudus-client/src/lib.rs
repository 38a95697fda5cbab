//! An asynchronous client for the Nexudus REST API
