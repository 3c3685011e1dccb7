/** What this page says of each link: a sentence in both languages for each code, found good, not known, or wrong. */
import { FAULTS } from "./faults.js";

export const DETAILS = {
  // What holds
  form: ["Các phần của hồ sơ đọc được và đúng định dạng.", "The parts of the bundle are well formed."],
  issuer: ["Khóa {method} nằm trong khóa ghim.", "The key {method} is among the pins."],
  "credential-signature": [
    "Chữ ký {suite} đúng với khóa {method}.",
    "The {suite} signature is by the key {method}.",
  ],
  "certificate-proof": [
    "Giấy ở vị trí {index} trong cây gồm {size} giấy mà đơn vị đã ký.",
    "Certificate {index} of {size} in the tree that the unit signed.",
  ],
  anchor: [
    "Bản ghi trên sổ cái do đơn vị ký, và nêu đúng cây giấy chứng nhận này.",
    "The ledger's entry is signed by the unit and names this tree of certificates.",
  ],
  "ledger-inclusion": [
    "Bản ghi nằm ở vị trí {index} dưới đầu sổ cái nói trên.",
    "The entry is at place {index} under that head.",
  ],
  "voucher-memory": [
    "Sổ cái {name}, {size} bản ghi: không ai bảo chứng, dữ liệu chỉ nằm trong bộ nhớ của một tiến trình.",
    "{name}, a head of {size} entries: vouched for by nobody, the memory of one process.",
  ],
  "voucher-operator": [
    "Sổ cái {name}, {size} bản ghi: chỉ đơn vị vận hành bảo chứng.",
    "{name}, a head of {size} entries: vouched for by the operator only.",
  ],
  "voucher-witnesses": [
    "Sổ cái {name}, {size} bản ghi: đơn vị vận hành và {cosigned} trên {count} nhân chứng đã ký, cần ít nhất {quorum}.",
    "{name}, a head of {size} entries: signed by the operator and {cosigned} of {count} witnesses, {quorum} needed.",
  ],

  "key-period": [
    "Khóa {method} thuộc đơn vị vào thời điểm ký ghi trên giấy.",
    "The key {method} was the unit's at the time that the certificate gives.",
  ],
  "status-signature": ["Danh sách trạng thái do khóa {method} ký.", "The status list is signed by {method}."],
  status: [
    "Chưa bị thu hồi tính đến {asOf}; sau thời điểm ấy hồ sơ này không cho biết.",
    "Not revoked as of {asOf}; of what came later this bundle knows nothing.",
  ],
  "unit-key": ["Điểm kiểm tra và bản ghi do khóa {method} ký.", "Checkpoint and entry are by {method}."],

  // What is not known, or left to others
  "unpinned-issuer": [
    "Khóa {method} do chính hồ sơ đưa ra; chưa có khóa ghim nào để đối chiếu.",
    "The key {method} comes from the bundle itself; there is no pin to hold it against.",
  ],
  "unpinned-signature": [
    "Chữ ký {suite} của {method}: hồ sơ không kèm khóa này, nên không có khóa ghim thì không kiểm tra được.",
    "{suite} by {method}: no bundle brings this key, so without pins it cannot be checked.",
  ],
  "unpinned-period": [
    "Chưa ghim {method}, nên không biết khóa này thuộc đơn vị khi nào.",
    "{method} is not pinned, so when it was the unit's is not known.",
  ],
  "unpinned-status": [
    "Chưa ghim {method}, nên không kiểm tra được ai ký danh sách.",
    "{method} is not pinned, so who signed the list cannot be checked.",
  ],
  "unpinned-revoked": [
    "Danh sách ghi là chưa thu hồi tính đến {asOf}, nhưng không biết ai lập danh sách.",
    "The list says not revoked as of {asOf}, but whose list it is is not known.",
  ],
  "unpinned-unit": [
    "Khóa ký điểm kiểm tra và bản ghi do chính hồ sơ đưa ra, chưa được ghim.",
    "The key on checkpoint and entry comes from the bundle itself and is not pinned.",
  ],
  "unpinned-ledger": [
    "Sổ cái {name} chưa được ghim, nên không kiểm tra.",
    "The ledger {name} is not pinned, so it is not checked.",
  ],
  "left-pdf": [
    "Không kiểm tra ở đây: chữ ký của tệp PDF và những gì in trên trang. Chỉ hồ sơ kèm bên trong được kiểm tra.",
    "Not verified here: the PDF's signature and what its pages show. Only the bundle inside is checked.",
  ],
  "left-cometbft": [
    "Không kiểm tra ở đây: phiếu của các nút xác thực CometBFT cho đầu sổ cái này ({size} bản ghi).",
    "Not verified here: the CometBFT validators' votes for this head ({size} entries).",
  ],
  "left-evm": [
    "Chữ ký của đơn vị vận hành trên đầu sổ cái đã đúng. Không kiểm tra ở đây: các khối và trạng thái của hợp đồng trên chuỗi.",
    "The operator's signature on the head holds. Not verified here: the chain's headers and the contract's state.",
  ],
  "left-anchored": [
    "Chữ ký của đơn vị vận hành trên đầu sổ cái đã đúng. Không kiểm tra ở đây: việc neo đầu sổ này vào chuỗi.",
    "The operator's signature on the head holds. Not verified here: that the chain carries this head.",
  ],
  "left-other": [
    "Không kiểm tra ở đây: trang này không biết loại sổ cái {name}.",
    "Not verified here: this page does not know the ledger {name}.",
  ],
  "left-inclusion": [
    "Không kiểm tra ở đây, vì không biết sổ cái {name} chứng minh thế nào.",
    "Not verified here: how {name} proves an entry is unknown.",
  ],

  ...FAULTS,
};
