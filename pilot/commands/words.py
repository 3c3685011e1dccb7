"""What `pilot verify` says, in both languages."""

from collections.abc import Mapping

LINKS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "form": "Hồ sơ đúng định dạng",
        "issuer": "Đơn vị cấp giấy",
        "credential-proof": "Phần chữ ký của giấy chứng nhận",
        "credential-signature": "Chữ ký của đơn vị trên giấy chứng nhận",
        "certificate-checkpoint": "Điểm kiểm của cây giấy chứng nhận",
        "certificate-proof": "Giấy chứng nhận thuộc cây do đơn vị ký",
        "anchor": "Bản ghi neo trên sổ cái",
        "ledger-pins": "Khóa ghim của sổ cái",
        "ledger-head": "Đầu sổ cái được bảo chứng",
        "ledger-inclusion": "Bản ghi neo nằm trong sổ cái",
    },
    "en": {
        "form": "The parts are well formed",
        "issuer": "The issuing unit",
        "credential-proof": "The certificate's proof section",
        "credential-signature": "The unit's signature on the certificate",
        "certificate-checkpoint": "The checkpoint of the tree of certificates",
        "certificate-proof": "The certificate is in the tree that the unit signed",
        "anchor": "The anchoring entry on the ledger",
        "ledger-pins": "The pins of the ledger",
        "ledger-head": "The ledger's head is vouched for",
        "ledger-inclusion": "The anchoring entry is in the ledger",
    },
}

SAYINGS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "valid": "HỢP LỆ. Người bảo chứng cho sổ cái: {voucher}.",
        "refused": "KHÔNG HỢP LỆ: mắt xích hỏng là '{broken}'.",
        "consistent": "Nhất quán, đơn vị cấp chưa được ghim: dùng --pins với khóa lấy từ nguồn đáng tin cậy.",
    },
    "en": {
        "valid": "VALID. Who vouches for the ledger: {voucher}.",
        "refused": "REFUSED: the broken link is '{broken}'.",
        "consistent": "Consistent, issuer not pinned: use --pins with keys from a trusted source.",
    },
}

VOUCHERS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "memory": "không ai (bộ nhớ của một tiến trình)",
        "operator": "chỉ đơn vị vận hành",
        "evm": "chỉ đơn vị vận hành; một nút, không có đồng thuận nào được kiểm tra",
        "witnesses": "đơn vị vận hành và ít nhất {quorum} trong {count} nhân chứng",
        "validators": "hơn hai phần ba trong {count} nút xác thực",
        "anchored": "kho của đơn vị vận hành, gốc cây được neo ở nơi mà người bảo chứng là {inner}",
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
