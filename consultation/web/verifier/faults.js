/** What can be wrong with a piece of evidence: a sentence in both languages for each flaw. */
export const FAULTS = {
  // Texts and JSON
  "utf-8": ["Không phải văn bản UTF-8.", "Not text in UTF-8."],
  hex: [
    "Cần {length} byte viết bằng chữ số hex thường, gặp «{text}».",
    "Expected {length} bytes in small hex digits, found '{text}'.",
  ],
  base64: ["Không phải base64 ở dạng chuẩn: «{text}».", "Not base64 in its canonical form: '{text}'."],
  base58: [
    "Không phải base58btc bắt đầu bằng «z»: «{text}».",
    "Not base58btc that begins with 'z': '{text}'.",
  ],
  json: ["JSON sai cú pháp ở ký tự {place}.", "Not JSON, at character {place}."],
  "json-depth": ["JSON lồng nhau quá {most} tầng.", "JSON is nested more than {most} deep."],
  "json-name": [
    "Tên «{name}» xuất hiện hai lần trong một đối tượng JSON.",
    "The name '{name}' stands twice in one JSON object.",
  ],
  "json-float": [
    "Số trong JSON phải là số nguyên (ký tự {place}).",
    "Numbers in JSON must be integers (character {place}).",
  ],
  "json-surrogate": ["Văn bản có nửa ký tự Unicode đứng lẻ.", "A text holds half a Unicode character."],
  "json-integer": ["Số nguyên vượt quá 2^53 − 1: {number}.", "An integer is past 2^53 - 1: {number}."],
  "json-canonical": [
    "JSON không ở dạng chuẩn tắc của RFC 8785.",
    "JSON is not in the canonical form of RFC 8785.",
  ],
  names: ["{what} phải có đúng các mục: {names}.", "{what} must have exactly: {names}."],
  count: ["{what} phải là số đếm từ 0, gặp «{text}».", "{what} must be a count from 0, found '{text}'."],
  text: ["{what} phải là văn bản.", "{what} must be a text."],
  moment: ["Không phải thời điểm theo RFC 3339: «{text}».", "Not a moment of RFC 3339: '{text}'."],

  // Files
  "no-bundle": ["Tệp này không phải zip, cũng không phải PDF.", "This file is neither a zip nor a PDF."],
  "no-object": ["{name} không phải một đối tượng JSON.", "{name} is not a JSON object."],
  types: [
    "Loại giấy phải là VerifiableCredential và một trong {names}.",
    "A certificate's types are VerifiableCredential and one of {names}.",
  ],
  parts: [
    "Hồ sơ phải có đúng các tệp {names}; gặp: {found}.",
    "A bundle holds exactly {names}; found: {found}.",
  ],
  "too-large": ["Quá lớn: nhiều nhất {most} byte.", "Too large: at most {most} bytes."],
  deflate: ["Dữ liệu nén bị hỏng.", "The compressed data is damaged."],
  "zip-form": [
    "Tệp zip bị hỏng, bị cắt, hoặc có dữ liệu lạ.",
    "The zip is damaged, cut, or holds other data.",
  ],
  "zip-many": [
    "Tệp zip có {found} tệp, nhiều nhất là {most}.",
    "The zip holds {found} files, at most {most} are allowed.",
  ],
  "zip-twice": ["Tệp zip có hai tệp cùng tên {name}.", "The zip holds {name} twice."],
  "zip-flags": [
    "{name} được mã hóa, hoặc nén theo cách lạ.",
    "{name} is encrypted, or packed in an unknown way.",
  ],
  "zip-differs": ["Zip mâu thuẫn với chính nó ở tệp {name}.", "The zip contradicts itself about {name}."],
  "zip-method": [
    "{name} nén bằng phương pháp {method}; chỉ đọc được 0 và 8.",
    "{name} is packed by method {method}; 0 and 8 can be read.",
  ],
  "zip-crc": ["{name} bị hỏng: sai độ dài hoặc mã CRC.", "{name} is damaged: its length or CRC is wrong."],
  "pdf-none": [
    "PDF này không kèm hồ sơ zip nào đọc được: hãy dùng tệp zip.",
    "No readable zip is embedded in this PDF: use the zip itself.",
  ],
  "pdf-encrypted": ["PDF này bị mã hóa: hãy dùng tệp zip.", "This PDF is encrypted: use the zip itself."],
  "pdf-several": [
    "PDF này kèm {found} hồ sơ zip khác nhau: hãy dùng tệp zip.",
    "{found} different zips are embedded in this PDF: use the zip itself.",
  ],
  "pdf-many": ["PDF này có quá {most} tệp đính kèm.", "More than {most} files are attached to this PDF."],

  // Keys and the credential
  multikey: [
    "Multikey phải là Ed25519 (z6Mk…) hoặc P-256 (zDn…), gặp «{text}».",
    "A Multikey is Ed25519 (z6Mk…) or P-256 (zDn…), found '{text}'.",
  ],
  "key-length": ["Khóa Ed25519 có 32 byte, gặp {found}.", "An Ed25519 key has 32 bytes, found {found}."],
  point: ["Khóa P-256 không phải một điểm của đường cong.", "The P-256 key is not a point of the curve."],
  "proof-type": [
    "Phần chữ ký phải là DataIntegrityProof, gặp «{text}».",
    "The proof must be a DataIntegrityProof, found '{text}'.",
  ],
  "proof-purpose": [
    "Mục đích chữ ký phải là assertionMethod, gặp «{text}».",
    "The proof's purpose must be assertionMethod, found '{text}'.",
  ],
  "proof-suite": ["Bộ mã phải là {names}, gặp «{text}».", "The cryptosuite must be {names}, found '{text}'."],
  "proof-context": [
    "@context của phần chữ ký khác với của giấy.",
    "The proof's @context is not the certificate's.",
  ],
  "proof-key": [
    "Khóa thuộc loại {kind}, còn chữ ký ghi là {suite}.",
    "The key is of kind {kind}, the proof says {suite}.",
  ],
  controller: [
    "Khóa {method} không thuộc đơn vị cấp {did}.",
    "The key {method} is not controlled by the issuer {did}.",
  ],
  "issuer-unknown": ["{method} không có trong khóa ghim.", "{method} is not among the pinned issuers."],
  "credential-unsigned": [
    "Chữ ký không khớp: nội dung giấy đã bị thay đổi, hoặc do khóa khác ký.",
    "The signature does not hold: the certificate was changed, or another key signed it.",
  ],

  "unit-unknown": [
    "Khóa ký điểm kiểm tra và bản ghi không được ghim cho {did}.",
    "The key on checkpoint and entry is not pinned under {did}.",
  ],
  period: [
    "Thời hạn của khóa rỗng: from phải trước until.",
    "A key's period is empty: from must be before until.",
  ],
  "period-outside": [
    "Khóa {method} được ghim từ {since} đến trước {until}; chữ ký này ghi {text}.",
    "{method} is pinned from {since} until before {until}; this was signed at {text}.",
  ],

  // The status list
  "status-entry": [
    "credentialStatus phải là BitstringStatusListEntry cho việc thu hồi, và id khớp với nó.",
    "credentialStatus must be a BitstringStatusListEntry for revocation, and its id fit it.",
  ],
  "status-index": [
    "Vị trí trong danh sách trạng thái không hợp lệ: «{text}».",
    "No such place in the status list: '{text}'.",
  ],
  "status-list": [
    "status.vc.json không phải danh sách thu hồi dạng BitstringStatusList.",
    "status.vc.json is no BitstringStatusList for revocation.",
  ],
  "status-url": [
    "Giấy trỏ tới danh sách {url}, hồ sơ kèm {found}.",
    "The certificate's list is {url}, this one is {found}.",
  ],
  "status-short": [
    "Danh sách trạng thái phải có ít nhất 131072 mục, gặp {found}.",
    "A status list has at least 131072 entries, found {found}.",
  ],
  "status-issuer": [
    "Danh sách trạng thái do {by} lập, giấy do {did} cấp.",
    "The status list is by {by}, the certificate by {did}.",
  ],
  "status-old": [
    "Danh sách trạng thái ({asOf}) cũ hơn giấy ({created}): hãy lấy danh sách mới.",
    "The status list ({asOf}) is older than the certificate ({created}): bring a newer one.",
  ],
  "status-revoked": [
    "Giấy đã bị thu hồi hoặc thay thế, tính đến {asOf} (mục {index}).",
    "Revoked or superseded, as of {asOf} (entry {index}).",
  ],

  // Notes, checkpoints and trees
  vkey: [
    "Khóa kiểm tra phải có dạng tên+mã+base64, gặp «{text}».",
    "A verifier key reads name+hash+base64, found '{text}'.",
  ],
  "vkey-hash": [
    "Khóa kiểm tra của {name} không khớp với mã của nó.",
    "The verifier key of {name} does not match its hash.",
  ],
  "note-letters": [
    "Văn bản ký quá dài, hoặc có ký tự điều khiển.",
    "The signed note is too long, or has control characters.",
  ],
  "note-form": [
    "Văn bản ký phải gồm nội dung, một dòng trống và các dòng chữ ký.",
    "A signed note is a text, an empty line, and signature lines.",
  ],
  "note-line": ["Không phải dòng chữ ký: «{text}».", "Not a signature line: '{text}'."],
  "note-signature": ["Chữ ký của {name} không đúng.", "The signature by {name} does not hold."],
  "checkpoint-form": [
    "Điểm kiểm tra phải có nguồn, kích thước và gốc, không dòng nào trống.",
    "A checkpoint has an origin, a size and a root, and no empty line.",
  ],
  "checkpoint-size": [
    "Kích thước cây không phải số thập phân: «{text}».",
    "The tree's size is not a decimal number: '{text}'.",
  ],
  "hash-length": ["Giá trị băm có 32 byte, gặp {found}.", "A hash has 32 bytes, found {found}."],
  origin: [
    "Điểm kiểm tra của «{found}», khóa ghim là của «{name}».",
    "The checkpoint is of '{found}', pinned is '{name}'.",
  ],
  "operator-unsigned": ["Không có chữ ký của {name}.", "There is no signature by {name}."],
  witnesses: [
    "Chỉ có {found} nhân chứng ký, cần {quorum}.",
    "{found} witnesses cosigned, {quorum} are needed.",
  ],
  "proof-header": [
    "Tệp chứng minh phải bắt đầu bằng dòng {header}.",
    "A proof file begins with the line {header}.",
  ],
  "proof-index": [
    "Thiếu dòng «index N», hoặc N không phải số: «{text}».",
    "The line 'index N' is missing, or N is no number: '{text}'.",
  ],
  "inclusion-index": [
    "Vị trí {index} nằm ngoài cây gồm {size} lá.",
    "Place {index} is not in a tree of {size} leaves.",
  ],
  "inclusion-path": [
    "Đường chứng minh phải gồm các giá trị băm 32 byte, nhiều nhất 128.",
    "A proof's path is at most 128 hashes of 32 bytes.",
  ],
  "inclusion-long": [
    "Đường chứng minh quá dài: {found} giá trị băm.",
    "The path is too long: {found} hashes.",
  ],
  "inclusion-short": [
    "Đường chứng minh quá ngắn: {found} giá trị băm.",
    "The path is too short: {found} hashes.",
  ],
  "inclusion-root": [
    "Đường chứng minh không dẫn tới gốc cây đã ký.",
    "The path does not lead to the signed root.",
  ],

  // The ledger's entry and head
  "entry-version": [
    "Phiên bản bản ghi phải là 1, gặp «{text}».",
    "The entry's version is 1, found '{text}'.",
  ],
  "entry-field": [
    "Mục {name} của bản ghi sai dạng: «{text}».",
    "The entry's {name} has another form: '{text}'.",
  ],
  "entry-signature": [
    "Chữ ký trên bản ghi không đúng với khóa của bản ghi.",
    "The entry's signature does not hold under its key.",
  ],
  "entry-kind": ["Bản ghi là «{kind}», không phải «certified».", "The entry is '{kind}', not 'certified'."],
  "anchor-checkpoint": [
    "Bản ghi nêu cây giấy chứng nhận khác ({digest}…).",
    "The entry names another tree of certificates ({digest}…).",
  ],
  "anchor-consultation": [
    "Bản ghi thuộc đợt lấy ý kiến «{name}», giấy ghi «{found}».",
    "The entry is of the consultation '{name}', the certificate says '{found}'.",
  ],
  "ledger-unknown": ["Sổ cái «{name}» không có trong khóa ghim.", "The ledger '{name}' is not pinned."],
  "head-differs": [
    "Điều được ký không phải kích thước và gốc của đầu sổ cái này.",
    "What was signed is not this head's size and root.",
  ],
  "memory-attested": [
    "Sổ cái trong bộ nhớ không có ai bảo chứng, vậy mà đầu sổ kèm lời bảo chứng.",
    "Nobody vouches for a memory head, yet it carries an attestation.",
  ],
  "row-length": [
    "Dòng đã ký cần 96 byte chứng minh, gặp {found}.",
    "A signed row has 96 bytes of proof, found {found}.",
  ],
  "row-signature": [
    "{name} không ký bản ghi này ở vị trí này.",
    "{name} did not sign this entry at this place.",
  ],
  "row-head": ["Dòng cuối không khớp với đầu sổ cái.", "The last row does not match the head."],
  "row-first": ["Dòng 0 không nối vào điểm đầu của chuỗi.", "Row 0 does not start the chain."],

  // Pins
  "pins-version": ["Tệp khóa ghim phải có v = 1, gặp «{text}».", "Pins have v = 1, found '{text}'."],
  "pins-objects": ["issuers và ledgers phải là đối tượng JSON.", "issuers and ledgers must be objects."],
  "pins-issuer": [
    "Khóa ghim của đơn vị là một Multikey, hoặc gồm key, from, until.",
    "An issuer's pin is a Multikey, or has key, from and until.",
  ],
  "pins-ledger": [
    "Khóa ghim của sổ cái {name} phải là đối tượng JSON.",
    "What is pinned of the ledger {name} must be an object.",
  ],
  "pins-backend": [
    "Khóa ghim này là của «{text}», không phải của «{name}».",
    "These pins are for '{text}', not for '{name}'.",
  ],
  "pins-witnesses": [
    "witnesses phải là danh sách khóa nhân chứng, mỗi khóa một lần.",
    "witnesses must be a list of witnesses' keys, each once.",
  ],
  "pins-quorum": [
    "quorum phải là số nhân chứng cần có, không quá số đã ghim.",
    "quorum must be a number of witnesses, no more than are pinned.",
  ],
  "pins-cometbft": [
    "Khóa ghim của cometbft phải có chain_id và validators.",
    "The pins of cometbft have chain_id and validators.",
  ],
  "pins-inner": [
    "Khóa ghim phải có inner: sổ cái nơi neo.",
    "The pins must have inner: the ledger that holds the anchors.",
  ],
};
