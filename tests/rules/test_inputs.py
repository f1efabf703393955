"""Inputs that are refused, at the right place, and inputs that are accepted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance
from pulumi_aliyun.rules import failures

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
RESERVATION = {"instance_type": "ecs.g6.xlarge", "instance_amount": 2, "zone_id": "cn-hangzhou-h"}
INSTANCE = {
    "instance_type": "ecs.g6.xlarge",
    "image_id": "aliyun_3_x64_20G_alibase_20240819.vhd",
    "vswitch_id": "vsw-bp1",
    "security_group_ids": ["sg-1"],
}
PRODUCT = {"product_code": "waf", "subscription_type": "Subscription", "period": 1}
BASES: dict[type, dict[str, Any]] = {
    CapacityReservation: RESERVATION,
    EcsInstance: INSTANCE,
    BssInstance: PRODUCT,
}
WINDOWS = "win2022_21H2_x64_dtc_en-us_40G_alibase_20240820.vhd"


def at(**since: float) -> str:
    """A time that lies so far from now."""
    return (NOW + timedelta(**since)).strftime("%Y-%m-%dT%H:%M:%SZ")


C, E, B = CapacityReservation, EcsInstance, BssInstance
REFUSED: list[tuple[type, str, dict[str, Any]]] = [
    # required
    (C, "instance_type", {"instance_type": None}),
    (C, "instance_amount", {"instance_amount": None}),
    (C, "zone_id", {"zone_id": None}),
    (E, "image_id", {"image_id": None}),
    (E, "vswitch_id", {"vswitch_id": None}),
    (E, "security_group_ids", {"security_group_ids": None}),
    (B, "product_code", {"product_code": None}),
    (B, "subscription_type", {"subscription_type": None, "period": 1}),
    # kinds
    (C, "instance_amount", {"instance_amount": "2"}),
    (C, "instance_amount", {"instance_amount": True}),
    (C, "instance_amount", {"instance_amount": 2.5}),
    (C, "instance_amount", {"instance_amount": float("nan")}),
    (C, "instance_amount", {"instance_amount": float("inf")}),
    (C, "instance_amount", {"instance_amount": 10**5000}),
    (C, "instance_amount", {"instance_amount": [2]}),
    (C, "zone_id", {"zone_id": ["cn-hangzhou-h"]}),
    (C, "zone_id", {"zone_id": [["cn-hangzhou-h"]]}),
    (C, "name", {"name": 7}),
    (C, "name", {"name": b"name"}),
    (C, "end_time", {"end_time": datetime(2027, 1, 1), "end_time_type": "Limited"}),  # noqa: DTZ001
    (C, "tags", {"tags": [("a", "b")]}),
    (C, "tags", {"tags": "a=b"}),
    (C, 'tags["port"]', {"tags": {"port": 80}}),
    (C, 'tags["on"]', {"tags": {"on": True}}),
    (C, 'tags["7"]', {"tags": {7: "x"}}),
    (E, "deletion_protection", {"deletion_protection": "true"}),
    (E, "auto_renew", {"auto_renew": 1}),
    (E, "security_group_ids", {"security_group_ids": "sg-1"}),
    (E, "security_group_ids[0]", {"security_group_ids": [["sg-1"]]}),
    (E, "data_disks", {"data_disks": {"size": 20}}),
    (E, "data_disks[0]", {"data_disks": ["cloud_essd"]}),
    (E, "data_disks[1].size", {"data_disks": [{"size": 20}, {"size": "20"}]}),
    (E, "data_disks[0].encrypted", {"data_disks": [{"size": 20, "encrypted": "true"}]}),
    (E, "system_disk", {"system_disk": 40}),
    (E, "user_data", {"user_data": {"a": 1}}),
    (B, "parameters", {"parameters": [{"Code": "Region"}]}),
    (B, 'parameters["Count"]', {"parameters": {"Count": 1}}),
    (B, "period", {"period": "12"}),
    # names that don't exist
    (C, "instance_typ", {"instance_typ": "ecs.g6.xlarge"}),
    (C, "zone_ids", {"zone_ids": ["cn-hangzhou-h"]}),
    (E, "system_disk.sizes", {"system_disk": {"sizes": 40}}),
    (E, "private_pool.match", {"private_pool": {"match": "Open"}}),
    # the reservation's arguments
    (C, "instance_amount", {"instance_amount": 0}),
    (C, "instance_amount", {"instance_amount": -3}),
    (C, "instance_type", {"instance_type": ""}),
    (C, "instance_type", {"instance_type": "g6.xlarge"}),
    (C, "instance_type", {"instance_type": "ecs.g6.xlarge,ecs.g6.large"}),
    (C, "instance_type", {"instance_type": "ecs.g6"}),
    (C, "instance_type", {"instance_type": "ecs..xlarge"}),
    (E, "instance_type", {"instance_type": "ecs.g6.xlarge\n"}),
    (C, "zone_id", {"zone_id": ""}),
    (C, "zone_id", {"zone_id": "cn-hangzhou-h,cn-hangzhou-i"}),
    (C, "zone_id", {"zone_id": "cn-shanghai-b", "region_id": "cn-hangzhou"}),
    (C, "zone_id", {"zone_id": "us-west-1a", "region_id": "us-east-1"}),
    (C, "zone_id", {"zone_id": "cn-hangzhou-h", "region_id": "cn-hangzho"}),
    (C, "zone_id", {"zone_id": "ap-southeast-10a", "region_id": "ap-southeast-1"}),
    (C, "zone_id", {"zone_id": "cn-hangzhou", "region_id": "cn-hangzhou"}),
    (C, "region_id", {"region_id": ""}),
    (C, "name", {"name": "a"}),
    (C, "name", {"name": ""}),
    (C, "name", {"name": "a" * 129}),
    (C, "name", {"name": "1st"}),
    (C, "name", {"name": "_a"}),
    (C, "name", {"name": "-a"}),
    (C, "name", {"name": "http://ab"}),
    (C, "name", {"name": "https://ab"}),
    (C, "name", {"name": "a b"}),
    (C, "name", {"name": "a.b"}),
    (C, "name", {"name": "名称，一"}),
    (C, "name", {"name": "x" * 10**6}),
    (C, "name", {"name": "ab\ud800"}),
    (C, "description", {"description": "x"}),
    (C, "description", {"description": "x" * 257}),
    (C, "description", {"description": "http://example.com"}),
    (C, "description", {"description": "https://example.com"}),
    (C, "description", {"description": "half \udc00 pair"}),
    (C, "match_criteria", {"match_criteria": "open"}),
    (C, "match_criteria", {"match_criteria": "None"}),
    (C, "end_time_type", {"end_time_type": "limited"}),
    (C, "end_time", {"end_time_type": "Limited"}),
    (C, "end_time", {"end_time": at(days=1)}),
    (C, "end_time", {"end_time_type": "Unlimited", "end_time": at(days=1)}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": at(seconds=-1)}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-02-30T00:00:00Z"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-01-01T25:00:00Z"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-01-01T00:00:00"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-01-01T00:00:00+08:00"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-01-01 00:00:00Z"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "2027-01-01"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "２０２７-01-01T00:00:00Z"}),
    (C, "end_time", {"end_time_type": "Limited", "end_time": "tomorrow"}),
    (C, "start_time", {"start_time": at(days=1)}),
    (C, "platform", {"platform": "linux"}),
    (C, "adopt_id", {"adopt_id": "i-bp1"}),
    (C, "adopt_id", {"adopt_id": "crp-1, crp-2"}),
    # tags
    (C, "tags", {"tags": {f"key{n}": "x" for n in range(21)}}),
    (C, 'tags[""]', {"tags": {"": "x"}}),
    (C, f'tags["{"k" * 60}…"]', {"tags": {"k" * 129: "x"}}),
    (C, 'tags["aliyun-team"]', {"tags": {"aliyun-team": "x"}}),
    (C, 'tags["acs:owner"]', {"tags": {"acs:owner": "x"}}),
    (C, 'tags["see http://x"]', {"tags": {"see http://x": "x"}}),
    (C, 'tags["a"]', {"tags": {"a": "x" * 129}}),
    (C, 'tags["a"]', {"tags": {"a": "acs:x"}}),
    (C, 'tags["a"]', {"tags": {"a": "see https://x"}}),
    (E, 'tags["acs:owner"]', {"tags": {"acs:owner": "x"}}),
    (E, 'tags["a"]', {"tags": {"a": "http://"}}),
    # the instance's arguments
    (E, "security_group_ids", {"security_group_ids": []}),
    (E, "security_group_ids", {"security_group_ids": [f"sg-{n}" for n in range(6)]}),
    (E, "security_group_ids", {"security_group_ids": ["sg-1", "sg-1"]}),
    (E, "instance_name", {"instance_name": "a"}),
    (E, "instance_name", {"instance_name": "a" * 129}),
    (E, "instance_name", {"instance_name": "http://web"}),
    (E, "description", {"description": "d"}),
    (E, "host_name", {"host_name": "-web"}),
    (E, "host_name", {"host_name": "web."}),
    (E, "host_name", {"host_name": "we--b"}),
    (E, "host_name", {"host_name": "we..b"}),
    (E, "host_name", {"host_name": "w"}),
    (E, "host_name", {"host_name": "w" * 65}),
    (E, "host_name", {"host_name": "we_b"}),
    (E, "host_name", {"host_name": "w" * 16, "image_id": WINDOWS}),
    (E, "host_name", {"host_name": "12345", "image_id": WINDOWS}),
    (E, "password", {"password": "Abc123!"}),
    (E, "password", {"password": "Abc123!x" * 4}),
    (E, "password", {"password": "abcdefgh1"}),
    (E, "password", {"password": "Abc 12345"}),
    (E, "password", {"password": "/Abc12345", "image_id": WINDOWS}),
    (E, "user_data", {"user_data": "x" * 32769}),
    (E, "user_data", {"user_data": "中" * 10923}),
    (E, "system_disk.category", {"system_disk": {"category": "essd"}}),
    (E, "system_disk.size", {"system_disk": {"category": "cloud", "size": 501}}),
    (E, "system_disk.size", {"system_disk": {"category": "cloud_ssd", "size": 19}}),
    (E, "system_disk.size", {"system_disk": {"size": 2049}}),
    (E, "system_disk.size", {"system_disk": {"size": 0}}),
    (E, "system_disk.performance_level", {"system_disk": {"performance_level": "PL4"}}),
    (
        E,
        "system_disk.performance_level",
        {"system_disk": {"category": "cloud_ssd", "performance_level": "PL1"}},
    ),
    (E, "system_disk.disk_name", {"system_disk": {"disk_name": "a"}}),
    (E, "system_disk.description", {"system_disk": {"description": "http://x"}}),
    (E, "data_disks", {"data_disks": [{"size": 20}] * 17}),
    (
        E,
        "data_disks[0].size",
        {"data_disks": [{"category": "cloud_essd", "performance_level": "PL3", "size": 1260}]},
    ),
    (E, "data_disks[0].size", {"data_disks": [{"category": "cloud_essd", "size": 19}]}),
    (E, "data_disks[0].size", {"data_disks": [{"category": "cloud", "size": 4}]}),
    (E, "data_disks[0].size", {"data_disks": [{"category": "cloud_efficiency", "size": 32769}]}),
    (E, "system_disk.category", {"system_disk": {"category": "cloud_essd_entry"}}),
    (E, "data_disks", {"data_disks": [{"category": "cloud_essd_entry", "size": 10}]}),
    (E, "data_disks[0].size", {"data_disks": [{"category": "cloud_regional_disk_auto", "size": 9}]}),
    (E, "data_disks[0].size", {"data_disks": [{"category": "elastic_ephemeral_disk_standard", "size": 63}]}),
    (E, "data_disks[0].size", {"data_disks": [{"category": "elastic_ephemeral_disk_premium", "size": 8193}]}),
    (
        E,
        "data_disks[0].snapshot_id",
        {"data_disks": [{"category": "elastic_ephemeral_disk_standard", "size": 64, "snapshot_id": "s-1"}]},
    ),
    (E, "data_disks[0].kms_key_id", {"data_disks": [{"kms_key_id": "k-1", "encrypted": False}]}),
    (E, "internet_charge_type", {"internet_charge_type": "PayByTrafic"}),
    (E, "internet_max_bandwidth_out", {"internet_max_bandwidth_out": 101}),
    (E, "internet_max_bandwidth_out", {"internet_max_bandwidth_out": -1}),
    (E, "private_ip_address", {"private_ip_address": "192.168.1.256"}),
    (E, "private_ip_address", {"private_ip_address": "fe80::1"}),
    (E, "instance_charge_type", {"instance_charge_type": "Prepaid"}),
    (E, "period", {"instance_charge_type": "PrePaid"}),
    (E, "period", {"instance_charge_type": "PrePaid", "period": 10}),
    (E, "period", {"instance_charge_type": "PrePaid", "period": 5, "period_unit": "Week"}),
    (E, "period_unit", {"instance_charge_type": "PrePaid", "period": 1, "period_unit": "Year"}),
    (E, "auto_renew_period", {"auto_renew_period": 4}),
    (E, "auto_release_time", {"auto_release_time": at(minutes=29, seconds=59)}),
    (E, "auto_release_time", {"auto_release_time": at(days=3 * 366 + 1)}),
    (
        E,
        "auto_release_time",
        {"auto_release_time": at(days=2), "instance_charge_type": "PrePaid", "period": 1},
    ),
    (E, "spot_strategy", {"spot_strategy": "Spot"}),
    (E, "spot_strategy", {"spot_strategy": "SpotAsPriceGo", "instance_charge_type": "PrePaid", "period": 1}),
    (E, "spot_price_limit", {"spot_strategy": "SpotWithPriceLimit"}),
    (E, "spot_price_limit", {"spot_strategy": "SpotWithPriceLimit", "spot_price_limit": 0.1234}),
    (E, "spot_price_limit", {"spot_strategy": "SpotWithPriceLimit", "spot_price_limit": 0}),
    (E, "private_pool.id", {"private_pool": {"match_criteria": "Target"}}),
    (E, "private_pool.id", {"private_pool": {"match_criteria": "Target", "id": ""}}),
    (E, "private_pool.id", {"private_pool": {"match_criteria": "Open", "id": "crp-1"}}),
    (E, "private_pool.id", {"private_pool": {"match_criteria": "None", "id": "crp-1"}}),
    (E, "private_pool.id", {"private_pool": {"id": "crp-1"}}),
    (E, "private_pool.match_criteria", {"private_pool": {"match_criteria": "target", "id": "crp-1"}}),
    (
        E,
        "private_pool.match_criteria",
        {"private_pool": {"match_criteria": "Open"}, "spot_strategy": "SpotAsPriceGo"},
    ),
    (
        E,
        "private_pool.match_criteria",
        {"private_pool": {"match_criteria": "Open"}, "dedicated_host_id": "dh-1"},
    ),
    (
        E,
        "private_pool.match_criteria",
        {
            "private_pool": {"match_criteria": "Target", "id": "crp-1"},
            "instance_charge_type": "PrePaid",
            "period": 1,
        },
    ),
    (E, "deletion_protection", {"deletion_protection": True, "instance_charge_type": "PrePaid", "period": 1}),
    (E, "status", {"status": "running"}),
    (E, "stopped_mode", {"stopped_mode": "Keep"}),
    (E, "adopt_id", {"adopt_id": "crp-1"}),
    (E, "adopt_id", {"adopt_id": "i-1,i-2"}),
    (E, "zone_id", {"zone_id": "cn-shanghai-b", "region_id": "cn-hangzhou"}),
    # products
    (B, "product_code", {"product_code": "ecs"}),
    (B, "product_code", {"product_code": "RDS"}),
    (B, "subscription_type", {"subscription_type": "Subscribe"}),
    (B, "period", {"period": None}),
    (B, "period", {"period": 0}),
    (B, "renew_status", {"renew_status": "Auto"}),
    (B, "renew_period", {"renew_status": "AutoRenewal"}),
    (B, "renew_period", {"renew_status": "AutoRenewal", "renew_period": 0}),
    (B, "on_delete", {"on_delete": "delete"}),
    (B, "parameters", {"parameters": {f"Code{n}": "x" for n in range(101)}}),
    (B, 'parameters[""]', {"parameters": {"": "x"}}),
    (B, "parameters", {"region_id": "cn-hangzhou", "parameters": {f"Code{n}": "x" for n in range(100)}}),
    (B, "adopt_id", {"adopt_id": "waf-1,waf-2"}),
    (B, "region_id", {"region_id": ""}),
    (B, "region_id", {"region_id": "cn-hangzhou", "parameters": {"Region": "cn-shanghai"}}),
]

ACCEPTED: list[tuple[type, dict[str, Any]]] = [
    (C, {}),
    (C, {"instance_amount": 1}),
    (C, {"instance_amount": 2.0}),
    (C, {"instance_amount": 1000}),
    (C, {"instance_amount": 1001}),
    (C, {"instance_amount": 100000}),
    (C, {"name": "ab"}),
    (C, {"name": "a" * 128}),
    (C, {"name": "容量预留"}),
    (C, {"name": "容" * 128}),
    (C, {"name": "𠀀" * 128}),
    (C, {"name": "prod:web_1-a"}),
    (C, {"name": "http-pool"}),
    (C, {"name": "httpsx"}),
    (C, {"name": "Émile"}),
    (C, {"name": None}),
    (C, {"description": ""}),
    (C, {"description": "ok"}),
    (C, {"description": "x" * 256}),
    (C, {"description": "中" * 256}),
    (C, {"description": "see http://example.com"}),
    (C, {"description": "two\nlines, 100 % fine!"}),
    (C, {"description": "HTTP://x"}),
    (C, {"match_criteria": "Open"}),
    (C, {"match_criteria": "Target"}),
    (C, {"end_time_type": "Unlimited"}),
    (C, {"end_time_type": "Limited", "end_time": at(seconds=1)}),
    (C, {"end_time_type": "Limited", "end_time": "2028-02-29T23:59:59Z"}),
    (C, {"end_time_type": "Limited", "end_time": "9999-12-31T23:59:59Z"}),
    (C, {"platform": "Linux"}),
    (C, {"platform": "Windows"}),
    (C, {"region_id": "cn-hangzhou"}),
    (C, {"region_id": "ap-southeast-1", "zone_id": "ap-southeast-1a"}),
    (C, {"region_id": "cn-shenzhen-finance-1", "zone_id": "cn-shenzhen-finance-1a"}),
    (C, {"region_id": "cn-hangzhou", "zone_id": "cn-hangzhou-MAZ9"}),
    (C, {"region_id": "cn-hangzhou", "zone_id": "cn-hangzhou-finance-b"}),
    (C, {"region_id": "cn-hangzhou-finance", "zone_id": "cn-hangzhou-b"}),
    (C, {"region_id": "cn-wuhan-lr", "zone_id": "cn-wuhan-lr-a"}),
    (C, {"region_id": "ap-southeast-10", "zone_id": "ap-southeast-10a"}),
    (C, {"region_id": "cn-wulanchabu", "zone_id": "cn-wulanchabu-c"}),
    (C, {"instance_type": "ecs.ebmgn7i.32xlarge"}),
    (C, {"instance_type": "ecs.c7-c1m2.large"}),
    (C, {"resource_group_id": "rg-1"}),
    (C, {"tags": {}}),
    (C, {"tags": {f"key{n}": "x" for n in range(20)}}),
    (C, {"tags": {"a": ""}}),
    (C, {"tags": {"k" * 128: "v" * 128}}),
    (C, {"tags": {"团队": "研究"}}),
    (C, {"tags": {"my-aliyun": "x:acs:"}}),
    (C, {"tags": {"a": "aliyun"}}),
    (C, {"tags": {"a b": "c d/e@f"}}),
    (C, {"tags": {"a": None}}),
    (C, {"adopt_id": "crp-bp1"}),
    (E, {}),
    (E, {"tags": {"a": "acs:x"}}),
    (E, {"security_group_ids": [f"sg-{n}" for n in range(5)]}),
    (E, {"security_group_ids": ("sg-1", "sg-2")}),
    (E, {"instance_name": "web.1"}),
    (E, {"instance_name": "1-web"}),
    (E, {"instance_name": "web-[1,3]"}),
    (E, {"instance_name": "网站"}),
    (E, {"host_name": "web-1.example.com"}),
    (E, {"host_name": "k8s-${instance_id}"}),
    (E, {"host_name": "w" * 64}),
    (E, {"host_name": "w" * 15, "image_id": WINDOWS}),
    (E, {"host_name": "12345"}),
    (E, {"password": "Abcdefg1"}),
    (E, {"password": "abcdefg1!"}),
    (E, {"password": "Ab1" + "()`~!@#$%^&*-_+=|{}[]:;"}),
    (E, {"password": "Ab1'<>,.?/\\\""}),
    (E, {"password": "/Abc12345"}),
    (E, {"user_data": "x" * 32768}),
    (E, {"user_data": "#!/bin/sh\n"}),
    (E, {"key_pair_name": "k", "password": "Abcdefg1"}),
    (E, {"system_disk": {}}),
    (E, {"system_disk": {"category": "cloud_essd", "performance_level": "PL0", "size": 1}}),
    (E, {"system_disk": {"category": "cloud_essd", "size": 40.0}}),
    (E, {"system_disk": {"category": "cloud_auto", "size": 1}}),
    (E, {"system_disk": {"category": "cloud", "size": 500}}),
    (E, {"system_disk": {"performance_level": "PL1"}}),
    (E, {"data_disks": []}),
    (E, {"data_disks": [{}]}),
    (E, {"data_disks": [{"size": 20}] * 16}),
    (E, {"data_disks": [{"category": "cloud_essd", "performance_level": "PL3", "size": 65536}]}),
    (
        E,
        {
            "instance_type": "ecs.u1-c1m1.large",
            "system_disk": {"category": "cloud_essd_entry"},
            "data_disks": [{"category": "cloud_essd_entry", "size": 10}],
        },
    ),
    (E, {"data_disks": [{"category": "cloud_regional_disk_auto", "size": 10}]}),
    (E, {"data_disks": [{"category": "elastic_ephemeral_disk_standard", "size": 64}]}),
    (E, {"data_disks": [{"category": "cloud_ssd", "size": 5, "snapshot_id": "s-1"}]}),
    (E, {"data_disks": [{"encrypted": True, "kms_key_id": "k-1"}]}),
    (E, {"internet_max_bandwidth_out": 0}),
    (E, {"internet_max_bandwidth_out": 100, "internet_charge_type": "PayByBandwidth"}),
    (E, {"private_ip_address": "10.0.0.5"}),
    (E, {"instance_charge_type": "PrePaid", "period": 1}),
    (E, {"instance_charge_type": "PrePaid", "period": 60}),
    (E, {"instance_charge_type": "PrePaid", "period": 4, "period_unit": "Week"}),
    (E, {"instance_charge_type": "PrePaid", "period": 1, "auto_renew": True, "auto_renew_period": 48}),
    (E, {"auto_renew": True}),
    (E, {"auto_release_time": at(minutes=30)}),
    (E, {"auto_release_time": at(days=3 * 365)}),
    (E, {"spot_strategy": "SpotWithPriceLimit", "spot_price_limit": 0.123}),
    (E, {"spot_strategy": "SpotAsPriceGo"}),
    (E, {"spot_price_limit": 12}),
    (E, {"spot_strategy": "SpotAsPriceGo", "private_pool": {"match_criteria": "None"}}),
    (E, {"dedicated_host_id": "dh-1", "spot_strategy": "SpotAsPriceGo"}),
    (E, {"private_pool": {"match_criteria": "Target", "id": "crp-1"}}),
    (E, {"private_pool": {"match_criteria": "Target", "id": "eap-1"}}),
    (E, {"private_pool": {"match_criteria": "Open"}, "instance_charge_type": "PrePaid", "period": 1}),
    (E, {"private_pool": {}}),
    (E, {"deletion_protection": True}),
    (E, {"deletion_protection": False, "instance_charge_type": "PrePaid", "period": 1}),
    (E, {"status": "Stopped", "stopped_mode": "StopCharging", "force_stop": True}),
    (E, {"adopt_id": "i-bp1"}),
    (B, {}),
    (B, {"subscription_type": "PayAsYouGo", "period": None}),
    (B, {"period": 36}),
    (B, {"period": None, "adopt_id": "waf-1"}),
    (B, {"product_code": "ecs", "adopt_id": "i-1", "period": None}),
    (B, {"renew_status": "AutoRenewal", "renew_period": 5}),
    (B, {"renew_status": "NotRenewal"}),
    (B, {"on_delete": "retain"}),
    (B, {"parameters": {f"Code{n}": "" for n in range(100)}}),
    (B, {"region_id": "cn-hangzhou", "parameters": {f"Code{n}": "" for n in range(99)}}),
    (
        B,
        {
            "region_id": "cn-hangzhou",
            "parameters": {**{f"Code{n}": "" for n in range(99)}, "Region": "cn-hangzhou", "none": None},
        },
    ),
    (B, {"region_id": "cn-hangzhou", "parameters": {"Region": "cn-hangzhou"}}),
    (B, {"parameters": {"Region": "cn-shanghai"}}),
]


def ask(cls: type, values: dict[str, Any]) -> list[str]:
    return failures(cls, {**BASES[cls], **values}, now=NOW)


@pytest.mark.parametrize(("cls", "path", "values"), REFUSED, ids=lambda each: getattr(each, "__name__", None))
def test_what_the_documentation_forbids_is_refused_where_it_stands(
    cls: type, path: str, values: dict[str, Any]
) -> None:
    """Exactly the argument at fault is named, in one short line with a way out."""
    lines = ask(cls, values)
    assert lines
    assert {line.partition(": ")[0] for line in lines} == {path}
    for line in lines:
        assert len(line) < 400
        assert "\n" not in line
        assert line.endswith((".", "?"))
        assert "; " in line
        line.encode()


@pytest.mark.parametrize(("cls", "values"), ACCEPTED)
def test_what_the_documentation_allows_is_accepted(cls: type, values: dict[str, Any]) -> None:
    """Nothing valid is refused."""
    assert ask(cls, values) == []


@pytest.mark.parametrize(
    "values",
    [
        {"tags": {f"acs:{n}": 1 for n in range(10**5)}},
        {"x" * 10**6: 1},
        {"tags": {"k" * 10**6: "v" * 10**6}},
        {"description": "x" * 10**6},
        {"match_criteria": "x" * 10**6},
        {"end_time": "9" * 10**6, "end_time_type": "Limited"},
        {"instance_amount": 10**5000},
    ],
    ids=["tags", "argument", "tag", "description", "choice", "time", "number"],
)
def test_what_is_far_too_large_is_told_in_few_words(values: dict[str, Any]) -> None:
    """Each message is short, and there aren't more than anybody reads."""
    lines = ask(CapacityReservation, values)
    assert 1 <= len(lines) <= 2001
    assert max(map(len, lines)) < 400


def test_all_failures_are_reported_at_once() -> None:
    """Each of a resource's arguments is judged whatever is wrong with the others."""
    values = {
        "instance_amount": 0,
        "zone_id": None,
        "name": "1",
        "tags": {"acs:a": "http://", "ok": "ok"},
        "end_time_type": "limited",
        "start_time": "now",
        "colour": "red",
    }
    paths = {line.partition(": ")[0] for line in ask(CapacityReservation, values)}
    assert paths == {
        "instance_amount",
        "zone_id",
        "name",
        'tags["acs:a"]',
        "end_time_type",
        "start_time",
        "colour",
    }


@pytest.mark.parametrize(
    ("cls", "values", "meant"),
    [
        (C, {"match_criteria": "Targt"}, "did you mean 'Target'?"),
        (C, {"end_time_type": "unlimited"}, "did you mean 'Unlimited'?"),
        (C, {"platform": "linux"}, "did you mean 'Linux'?"),
        (E, {"instance_charge_type": "post_paid"}, "did you mean 'PostPaid'?"),
        (E, {"system_disk": {"category": "cloud-essd"}}, "did you mean 'cloud_essd'?"),
        (C, {"instanceType": "ecs.g6.large"}, "did you mean instance_type?"),
        (E, {"security_group_id": "sg-1"}, "did you mean security_group_ids?"),
    ],
)
def test_what_is_misspelt_is_told_what_was_probably_meant(
    cls: type, values: dict[str, Any], meant: str
) -> None:
    """A value of an enumeration or the name of an argument."""
    assert any(meant in line for line in ask(cls, values))
