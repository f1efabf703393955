"""Firewalls for the customers of a virtual network operator (VNO), bought by order and given back by order."""

import pulumi

from pulumi_aliyun import BssInstance

config = pulumi.Config()

firewalls = {
    customer: BssInstance(
        f"firewall-{customer}",
        product_code="waf",
        product_type="waf_v2_public_cn",
        subscription_type="PayAsYouGo",
        parameters={"Region": "cn-hangzhou"},
        # ReleaseInstance: the way to give an order back that is open to VNOs only.
        on_delete="release",
    )
    for customer in config.require_object("customers")
}

# Paid for a year in advance: destroyed earlier, what is left of the year is given up.
dns = BssInstance(
    "dns",
    product_code="dns",
    product_type="alidns_pre",
    subscription_type="Subscription",
    parameters={"Version": "version_enterprise_basic", "DNSSecurity": "no", "DomainNumbers": "2"},
    period=12,
    renew_status="AutoRenewal",
    renew_period=12,
    on_delete="release",
)

pulumi.export("firewalls", {customer: firewall.id for customer, firewall in firewalls.items()})
pulumi.export("dns_paid_until", dns.end_time)
