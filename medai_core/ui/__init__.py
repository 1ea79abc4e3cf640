"""All Streamlit that pages share: the gate, session state, the viewer, banners and panels."""
