/** The names of the links, the verdicts, and the names of what a certificate says, in both languages. */
export const LINKS = {
  pdf: ["Tệp PDF chứa trọn bộ hồ sơ", "The PDF holds the whole bundle"],
  "pdf-signature": ["Chữ ký số phủ toàn bộ tệp PDF", "The digital signature covers the whole PDF"],
  form: ["Hồ sơ đúng định dạng", "The parts are well formed"],
  issuer: ["Đơn vị cấp giấy", "The issuing unit"],
  "credential-proof": ["Phần chữ ký của giấy chứng nhận", "The certificate's proof section"],
  "credential-signature": [
    "Chữ ký của đơn vị trên giấy chứng nhận",
    "The unit's signature on the certificate",
  ],
  "key-period": ["Khóa của đơn vị còn hiệu lực lúc ký", "The key was the unit's when it signed"],
  "status-signature": [
    "Chữ ký của đơn vị trên danh sách trạng thái",
    "The unit's signature on the status list",
  ],
  status: ["Giấy chứng nhận chưa bị thu hồi hoặc thay thế", "The certificate is not revoked or superseded"],
  "unit-key": ["Khóa của đơn vị ký điểm kiểm tra và bản ghi", "The unit's key on checkpoint and entry"],
  "certificate-checkpoint": [
    "Điểm kiểm tra của cây giấy chứng nhận",
    "The checkpoint of the tree of certificates",
  ],
  "certificate-proof": [
    "Giấy chứng nhận thuộc cây do đơn vị ký",
    "The certificate is in the tree that the unit signed",
  ],
  anchor: ["Bản ghi neo trên sổ cái", "The anchoring entry on the ledger"],
  "ledger-pins": ["Khóa tin cậy (đã ghim) của sổ cái", "The pins of the ledger"],
  "ledger-head": ["Đầu sổ cái được bảo chứng", "The ledger's head is vouched for"],
  "ledger-inclusion": ["Bản ghi neo nằm trong sổ cái", "The anchoring entry is in the ledger"],
};

/** Links that are named only where they break. */
export const QUIET = new Set([
  "pdf",
  "pdf-signature",
  "credential-proof",
  "certificate-checkpoint",
  "ledger-pins",
]);

export const MARKS = {
  good: ["✓", "Đạt", "Holds"],
  bad: ["✕", "Hỏng", "Broken"],
  open: ["?", "Chưa biết", "Not known"],
  left: ["!", "Không kiểm tra ở đây", "Not verified here"],
  skipped: ["–", "Không kiểm tra tiếp", "Not reached"],
};

export const VERDICTS = {
  valid: {
    mark: "✓",
    title: ["Hợp lệ", "Valid"],
    body: [
      "Mọi mắt xích đều đúng, theo khóa ghim mà bạn đưa vào.",
      "Every link holds, by the pins that you gave.",
    ],
  },
  refused: {
    mark: "✕",
    title: ["Không hợp lệ", "Refused"],
    body: [
      "Mắt xích hỏng đầu tiên: «{link}». Đừng dựa vào nội dung của giấy này.",
      "The first broken link: '{link}'. Do not rely on what this certificate says.",
    ],
  },
  consistent: {
    mark: "?",
    title: ["Nhất quán, đơn vị cấp chưa được ghim", "Consistent, issuer not pinned"],
    body: [
      "Các phần khớp với nhau, nhưng chưa biết ai đã ký: kẻ giả mạo cũng làm được như vậy bằng khóa của mình. " +
        "Hãy thêm khóa ghim lấy từ nguồn đáng tin cậy.",
      "The parts fit together, but who signed them is not known: a forger can do as much with a key of their own. " +
        "Add pins from a source that you trust.",
    ],
  },
  partial: {
    mark: "!",
    title: ["Chưa kiểm tra hết tại đây", "Not wholly verified here"],
    body: [
      "Những mắt xích kiểm tra được đều đúng. Phần còn lại trang này không kiểm tra; để kiểm tra đầy đủ, hãy chạy:",
      "The links that can be checked here hold. The rest is not verified in this page; to verify all of it, run:",
    ],
  },
};

export const LEFT = ["Chưa kiểm tra ở đây:", "Not verified here:"];

export const UNSURE = ["Chưa biết ai đã viết những điều này.", "Who wrote this is not known."];

export const NOTICES = {
  "no-crypto": [
    "Trình duyệt chỉ cho kiểm tra chữ ký khi trang được mở qua HTTPS hoặc từ tệp đã lưu. Hãy lưu trang này rồi mở lại từ máy.",
    "The browser checks signatures only over HTTPS or from a saved file. Save this page and open it from your disk.",
  ],
  "no-ed25519": [
    "Trình duyệt này chưa kiểm tra được chữ ký Ed25519. Hãy dùng Chrome hoặc Edge từ bản 137, Firefox từ 129, Safari từ 17.",
    "This browser cannot check Ed25519 signatures. Use Chrome or Edge 137, Firefox 129, Safari 17, or later.",
  ],
  defect: [
    "Trang này gặp lỗi của chính nó, nên không kết luận gì về giấy chứng nhận: {text}",
    "This page failed by a defect of its own, and says nothing about the certificate: {text}",
  ],
  "pins-bad": ["Không đọc được khóa ghim. {text}", "The pins cannot be read. {text}"],
  "pins-good": [
    "Đã có khóa ghim: {issuers} khóa của đơn vị, {ledgers} sổ cái.",
    "Pins are set: {issuers} unit keys, {ledgers} ledgers.",
  ],
  "pins-none": [
    "Chưa có khóa ghim: kết quả nhiều nhất là «nhất quán».",
    "No pins yet: the answer can be 'consistent' at most.",
  ],
  busy: ["Đang kiểm tra {name}…", "Checking {name}…"],
};

export const CLAIMS = {
  unit: ["Đơn vị cấp", "Issuing unit"],
  title: ["Đợt lấy ý kiến", "Consultation"],
  says: ["Xác nhận", "It certifies"],
  basis: ["Căn cứ pháp lý", "Legal basis"],
  version: ["Phiên bản dự thảo", "Version of the draft"],
  channel: ["Kênh góp ý", "Channel"],
  number: ["Số, ký hiệu văn bản góp ý", "Number of the letter"],
  signatory: ["Người ký văn bản", "Signed for the unit by"],
  asked: ["Cơ quan lấy ý kiến", "Asked by"],
  provision: ["Về", "On"],
  whole: ["Toàn bộ dự thảo", "The whole draft"],
  proposal: ["Đề xuất sửa", "Proposed wording"],
  reason: ["Lý do", "Reason"],
  stance: ["Quan điểm", "Stance"],
  text: ["Nội dung góp ý", "Opinion"],
  window: ["Thời gian lấy ý kiến", "Open"],
  signed: ["Ngày ký", "Signed"],
  received: ["Ý kiến đã nhận", "Opinions received"],
  counted: ["Ý kiến được tính", "Opinions counted"],
  draft: ["Mã băm của dự thảo", "Digest of the draft"],
  summary: ["Mã băm của bản tổng hợp", "Digest of the summary"],
};

export const STANCES = {
  agree: ["Thống nhất", "Agree"],
  agree_with_comments: ["Thống nhất, có ý kiến", "Agree, with comments"],
  disagree: ["Không thống nhất", "Disagree"],
  no_opinion: ["Không có ý kiến", "No opinion"],
};

/** How opinions came in. */
export const CHANNELS = {
  writing: ["Bằng văn bản", "In writing"],
  conference: ["Tại hội nghị", "At a conference"],
  portal: ["Qua cổng thông tin", "Through the portal"],
  vneid: ["Qua VNeID", "Through VNeID"],
  paper: ["Bản giấy do cán bộ nhập", "On paper, entered by an official"],
  api: ["Qua kết nối API", "Through the API"],
};

export const PARTICIPATION = ["Người giữ giấy đã tham gia góp ý.", "Its holder took part."];

/** Fill `{name}` in both languages; a value that is a pair itself has one text for each. */
export function fill(pair, found = {}) {
  return pair.map((text, at) =>
    text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = found[name] ?? `{${name}}`;
      return String(Array.isArray(value) ? value[at] : value);
    }),
  );
}
