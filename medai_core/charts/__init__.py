"""Domain objects in, plotly figures and plain words out; no input, no output, no Streamlit."""
