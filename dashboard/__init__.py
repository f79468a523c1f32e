"""The Streamlit app: browse runs, render saved tables. Opens the database read-only."""
