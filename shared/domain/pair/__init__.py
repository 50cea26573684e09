"""The pair: what the optional sources said, who exported, which server is active."""
