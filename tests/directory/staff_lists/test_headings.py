"""Headings as they are met, and the fields they mean."""

from __future__ import annotations

import unicodedata

import pytest

from directory.staff_lists.headings import meaning

MEANT = {
    "number": "STT|TT|Số TT|Số thứ tự",
    "full_name": "Họ và tên|Họ tên|Họ và tên khai sinh|Tên người dùng|HỌ VÀ TÊN|Họ, chữ đệm và tên|Họ và tên cán bộ",
    "family_middle": "Họ đệm|Họ và đệm|Họ và chữ đệm|Họ và tên đệm|Họ, tên đệm|Họ lót|Họ",
    "given": "Tên|Tên gọi",
    "birth_date": "Ngày sinh|Ngày tháng năm sinh|Ngày, tháng, năm sinh|Năm sinh|Ngày sinh (dd/mm/yyyy)|Năm",
    "male": "Nam|Ngày sinh Nam|Năm sinh Nam|Giới tính Nam",
    "female": "Nữ|Ngày tháng năm sinh Nữ",
    "sex": "Giới tính|Phái|Nam/Nữ|Giới tính (Nam/Nữ)",
    "title": "Chức vụ|Chức danh|Chức vụ, chức danh|Chức vụ/Chức danh|Vị trí việc làm",
    "unit": "Đơn vị|Cơ quan|Đơn vị công tác|Phòng ban|Phòng, ban|Cơ quan, đơn vị|Bộ phận",
    "rank": "Ngạch|Mã ngạch|Mã số ngạch|Chức danh nghề nghiệp|Ngạch công chức",
    "phone": "Di động|SĐT|Số điện thoại|Zalo|Điện thoại|Số điện thoại di động|Điện thoại/Zalo|Số ĐT",
    "personal_id": "CCCD|Số CCCD|CMND|Số định danh|Số CMND/CCCD|Căn cước công dân|Số định danh cá nhân",
    "official_mail": "Thư điện tử công vụ|Mail công vụ|Địa chỉ thư công vụ|Email công vụ (@…gov.vn)|Hộp thư công vụ",
    "personal_mail": "Thư điện tử (Gmail)|Email cá nhân|Gmail",
    "mail": "Email|E-mail|Thư điện tử|Địa chỉ email|Hộp thư điện tử",
    "staff_number": "Mã công chức|Mã số cán bộ|Số hiệu CBCCVC|Số hiệu công chức|Mã NV|Mã nhân viên",
    "category": "Loại|Phân loại|Đối tượng|Loại cán bộ|Loại hợp đồng",
}
NOT_OURS = (
    "Ghi chú|Ngày cấp CCCD|Nơi cấp|Nơi sinh|Quê quán|Dân tộc|Trình độ chuyên môn|Điện thoại cơ quan|Điện thoại nội bộ"
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
