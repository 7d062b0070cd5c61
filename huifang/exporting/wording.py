"""Words what happened to exports, for the audit."""

SENTENCES = {
    "export.asked": (
        "{actor}申请导出({grain},{format})",
        "{actor} asked for an export ({grain}, {format})",
    ),
    "export.made": ("已导出{rows}行", "{rows} rows were exported"),
    "export.failed": ("导出失败({reason})", "An export failed ({reason})"),
    "export.cancelled": ("{actor}取消了导出", "{actor} cancelled an export"),
    "export.downloaded": ("{actor}下载了导出文件", "{actor} fetched an export"),
    "export.removed": ("{actor}删除了导出文件", "{actor} took an export's file away"),
}
"""In Chinese and English, by the kind of the journal's entry."""
