"""What dialogs have gathered so far: typed fields, their problems in words, and the finished request. No Qt."""
