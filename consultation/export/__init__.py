"""The summary table as people use it (XLSX, DOCX, CSV), and the publication that anybody can count again."""
