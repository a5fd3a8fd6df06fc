"""Headings as they are met, and the fields they mean."""

from __future__ import annotations

import unicodedata

import pytest

from directory.staff_lists.headings import is_better, meaning

MEANT = {
    "number": "STT|TT|Số TT|Số thứ tự|TT.|No.",
    "full_name": "Họ và tên (ghi chữ in hoa)|Full name|"
    "Họ và tên|Họ tên|Họ và tên khai sinh|Tên người dùng|HỌ VÀ TÊN|Họ, chữ đệm và tên|Họ và tên cán bộ",
    "family_middle": "Họ đệm|Họ và đệm|Họ và chữ đệm|Họ và tên đệm|Họ, tên đệm|Họ lót|Họ",
    "given": "Tên|Tên gọi|Tên riêng",
    "birth_date": "Ngày sinh|Ngày tháng năm sinh|Ngày, tháng, năm sinh|Năm sinh|Ngày sinh (dd/mm/yyyy)|N.Sinh|Năm",
    "male": "Nam (x)|Nam|Ngày sinh Nam|Năm sinh Nam|Giới tính Nam",
    "female": "Nữ|Ngày tháng năm sinh Nữ",
    "sex": "Giới tính|Phái|Nam/Nữ|Giới tính (Nam/Nữ)",
    "title": "Vị trí VL|VTVL|Chức vụ|Chức danh|Chức vụ, chức danh|Chức vụ/Chức danh|Vị trí việc làm",
    "unit": "Đơn vị|Cơ quan|Đơn vị công tác|Phòng ban|Phòng, ban|Cơ quan, đơn vị|Bộ phận",
    "rank": "Ngạch|Mã ngạch|Mã số ngạch|Chức danh nghề nghiệp|Ngạch công chức",
    "phone": "Di động|SĐT|Số điện thoại|Zalo|Điện thoại|Số điện thoại di động|Điện thoại/Zalo|Số ĐT",
    "work_phone": "Điện thoại cơ quan|ĐT cơ quan|Số điện thoại cơ quan|Điện thoại CQ|Điện thoại bàn|Số máy bàn"
    "|Số cố định|Điện thoại cố định|ĐT văn phòng|Điện thoại nơi làm việc",
    "extension": "Số máy lẻ|Máy lẻ|Số nội bộ|Điện thoại nội bộ|ĐT nội bộ|Máy nhánh|Số lẻ|Ext|Số máy nội bộ",
    "personal_id": "CCCD|Số CCCD|CMND|Số định danh|Số CMND/CCCD|Căn cước công dân|Số định danh cá nhân",
    "official_mail": "Thư điện tử công vụ|Mail công vụ|Địa chỉ thư công vụ|Email công vụ (@…gov.vn)|Hộp thư công vụ",
    "personal_mail": "Thư điện tử (Gmail)|Email cá nhân|Gmail",
    "mail": "Tài khoản thư điện tử|Email|E-mail|Thư điện tử|Địa chỉ email|Hộp thư điện tử",
    "source_record": "Mã nguồn|Mã bản ghi nguồn|Mã bản ghi",
    "staff_number": "Mã nhân sự|Mã công chức|Mã số cán bộ|Số hiệu CBCCVC|Số hiệu công chức|Mã NV|Mã nhân viên",
    "category": "Công chức/viên chức|Loại hình|Loại|Phân loại|Đối tượng|Loại cán bộ|Loại hợp đồng",
}
NOT_OURS = (
    "Ghi chú|Ngày cấp CCCD|Nơi cấp|Nơi sinh|Quê quán|Dân tộc|Trình độ chuyên môn"
    "|Hệ số lương|Ngày vào Đảng|Đơn vị tính|Mã định danh cơ quan|DANH SÁCH CÁN BỘ, CÔNG CHỨC|1|x||Nơi ở hiện nay"
).split("|")


@pytest.mark.parametrize(
    ("heading", "field"), [(heading, field) for field, said in MEANT.items() for heading in said.split("|")]
)
def test_headings_that_are_known(heading: str, field: str) -> None:
    """A heading means one field, however it is written."""
    spellings = [heading, heading.upper(), f" {heading}\n", unicodedata.normalize("NFD", heading)]

    assert [meaning(each) for each in spellings] == [field] * 4


@pytest.mark.parametrize("heading", NOT_OURS)
def test_headings_that_are_not_ours(heading: str) -> None:
    """A column that only sounds like one of ours is left alone."""
    assert meaning(heading) is None


@pytest.mark.parametrize(
    ("field", "better", "than"),
    [("personal_id", "Số CCCD", "Số CMND"), ("phone", "Di động", "Điện thoại"), ("phone", "Zalo", "Số điện thoại")],
)
def test_of_two_headings_the_better_one(field: str, better: str, than: str) -> None:
    """Where two columns are of one field, the one that says exactly what is wanted is read."""
    assert is_better(field, better, than)
    assert not is_better(field, than, better)
