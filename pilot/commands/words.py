"""What `pilot verify` says, in both languages."""

from collections.abc import Mapping

LINKS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "pdf": "Tệp PDF chứa trọn bộ hồ sơ",
        "pdf-signature": "Chữ ký số phủ toàn bộ tệp PDF",
        "pdf-signer": "Người ký tệp PDF",
        "pdf-timestamp": "Dấu thời gian của tệp PDF",
        "form": "Hồ sơ đúng định dạng",
        "issuer": "Đơn vị cấp giấy",
        "credential-proof": "Phần chữ ký của giấy chứng nhận",
        "credential-signature": "Chữ ký của đơn vị trên giấy chứng nhận",
        "key-period": "Khóa của đơn vị còn hiệu lực lúc ký",
        "status-signature": "Chữ ký của đơn vị trên danh sách trạng thái",
        "status": "Giấy chứng nhận chưa bị thu hồi hoặc thay thế",
        "unit-key": "Khóa của đơn vị ký điểm kiểm và bản ghi",
        "certificate-checkpoint": "Điểm kiểm của cây giấy chứng nhận",
        "certificate-proof": "Giấy chứng nhận thuộc cây do đơn vị ký",
        "anchor": "Bản ghi neo trên sổ cái",
        "ledger-pins": "Khóa ghim của sổ cái",
        "ledger-head": "Đầu sổ cái được bảo chứng",
        "ledger-inclusion": "Bản ghi neo nằm trong sổ cái",
    },
    "en": {
        "pdf": "The PDF holds the whole bundle",
        "pdf-signature": "The digital signature covers the whole PDF",
        "pdf-signer": "Who signed the PDF",
        "pdf-timestamp": "The time stamp on the PDF",
        "form": "The parts are well formed",
        "issuer": "The issuing unit",
        "credential-proof": "The certificate's proof section",
        "credential-signature": "The unit's signature on the certificate",
        "key-period": "The key was the unit's when it signed",
        "status-signature": "The unit's signature on the status list",
        "status": "The certificate is not revoked or superseded",
        "unit-key": "The unit's key on checkpoint and entry",
        "certificate-checkpoint": "The checkpoint of the tree of certificates",
        "certificate-proof": "The certificate is in the tree that the unit signed",
        "anchor": "The anchoring entry on the ledger",
        "ledger-pins": "The pins of the ledger",
        "ledger-head": "The ledger's head is vouched for",
        "ledger-inclusion": "The anchoring entry is in the ledger",
    },
}

REMEDIES: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "pdf": "Tệp PDF hỏng hoặc không phải giấy chứng nhận: hãy tải lại từ đơn vị cấp.",
        "pdf-signature": "Tệp PDF đã bị sửa sau khi ký: đừng tin những gì in trên trang; hãy tải lại.",
        "pdf-signer": "Chứng thư của người ký không dẫn tới chứng thư đã ghim: hãy xác minh với đơn vị.",
        "pdf-timestamp": "Dấu thời gian không hợp lệ: hãy đề nghị đơn vị cấp lại tệp PDF.",
        "form": "Hồ sơ thiếu hoặc hỏng một phần: hãy tải lại từ đơn vị cấp.",
        "issuer": "Khóa ký không phải khóa đã ghim: hãy xác minh với đơn vị qua kênh khác trước khi tin.",
        "credential-proof": "Phần chữ ký không đúng bộ mật mã của khóa đã ghim: không dùng giấy này.",
        "credential-signature": "Nội dung đã bị sửa, hoặc không do đơn vị ký: không dùng giấy này.",
        "key-period": "Thời điểm ký ghi trên giấy nằm ngoài thời gian dùng khóa: hãy đề nghị đơn vị cấp lại.",
        "status-signature": "Danh sách trạng thái không do đơn vị ký: hãy tải danh sách mới từ đơn vị.",
        "status": "Giấy này đã hết giá trị hoặc không rõ trạng thái: hãy tải giấy mới từ đơn vị.",
        "unit-key": "Hãy ghim cả khóa Ed25519 mà đơn vị dùng để ký điểm kiểm và bản ghi.",
        "certificate-checkpoint": "Điểm kiểm không do đơn vị ký: không dùng giấy này.",
        "certificate-proof": "Giấy này không thuộc đợt cấp mà đơn vị đã ký: không dùng giấy này.",
        "anchor": "Bản ghi trên sổ cái thuộc đợt khác hoặc đã bị sửa: không dùng giấy này.",
        "ledger-pins": "Hãy lấy khóa ghim của sổ cái này từ nguồn đáng tin cậy.",
        "ledger-head": "Những bên được ghim không bảo chứng cho đầu sổ cái này: hãy báo cho đơn vị.",
        "ledger-inclusion": "Sổ cái không chứa bản ghi này ở vị trí đã nêu: hãy báo cho đơn vị.",
    },
    "en": {
        "pdf": "The PDF is damaged, or no certificate: download it from the unit again.",
        "pdf-signature": "The PDF was changed after it was signed: do not trust the page; download it again.",
        "pdf-signer": "The signer's certificate leads to none that is pinned: ask the unit.",
        "pdf-timestamp": "The time stamp does not hold: ask the unit for the PDF again.",
        "form": "A part is missing or damaged: download it from the unit again.",
        "issuer": "The key is not the pinned one: ask the unit by another way before you believe it.",
        "credential-proof": "The proof section is not of the pinned key's suite: do not rely on this.",
        "credential-signature": "The content was changed, or the unit did not sign it: do not rely on this.",
        "key-period": "It claims a time at which the key was not in use: ask the unit to issue it again.",
        "status-signature": "The unit did not sign this status list: download a new one from the unit.",
        "status": "It no longer counts, or its status cannot be told: download a new one from the unit.",
        "unit-key": "Pin the Ed25519 key, too, with which the unit signs checkpoints and entries.",
        "certificate-checkpoint": "The unit did not sign the checkpoint: do not rely on this.",
        "certificate-proof": "It is not in the publication that the unit signed: do not rely on this.",
        "anchor": "The ledger's entry is of another publication, or was changed: do not rely on this.",
        "ledger-pins": "Get the pins of this ledger from a trusted source.",
        "ledger-head": "Whoever is pinned does not vouch for this head: tell the unit.",
        "ledger-inclusion": "The ledger does not hold this entry at this place: tell the unit.",
    },
}
"""What to do when a link breaks."""

SAYINGS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "valid": "HỢP LỆ, chưa bị thu hồi tính đến {as_of}. Bên bảo chứng cho sổ cái: {voucher}.",
        "refused": "KHÔNG HỢP LỆ: mắt xích hỏng là '{broken}'.",
        "consistent": "Nhất quán, đơn vị cấp chưa được ghim: dùng --pins với khóa lấy từ nguồn đáng tin cậy.",
        "partial": "Nhất quán, nhưng chưa ghim nên chưa kiểm tra được: {unknown}. Hãy bổ sung vào --pins.",
    },
    "en": {
        "valid": "VALID, not revoked as of {as_of}. Who vouches for the ledger: {voucher}.",
        "refused": "REFUSED: the broken link is '{broken}'.",
        "consistent": "Consistent, issuer not pinned: use --pins with keys from a trusted source.",
        "partial": "Consistent, but not pinned and so not checked: {unknown}. Add to the file of --pins.",
    },
}

VOUCHERS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "memory": "không ai (bộ nhớ của một tiến trình)",
        "operator": "chỉ đơn vị vận hành",
        "evm": "chỉ đơn vị vận hành; một nút, không có đồng thuận nào được kiểm tra",
        "witnesses": "đơn vị vận hành và ít nhất {quorum} trong {count} nhân chứng",
        "validators": "hơn hai phần ba trong {count} nút xác thực",
        "anchored": "kho của đơn vị vận hành, gốc cây được neo trên một sổ cái khác (bên bảo chứng: {inner})",
    },
    "en": {
        "memory": "nobody (the memory of one process)",
        "operator": "the operator only",
        "evm": "the operator only: no chain's consensus is checked",
        "witnesses": "the operator and at least {quorum} of {count} witnesses",
        "validators": "more than two thirds of {count} validators",
        "anchored": "the operator's store, its tree anchored where the voucher is {inner}",
    },
}
