"""Seeded customers and tickets: three in Chinese, three in English, all made up."""

from datetime import datetime, timedelta

from sandbox.world import Customer, Ticket, World

_CUSTOMERS = (
    # The mainland numbers are a test line's; the British and American ones are kept for fiction.
    Customer(
        id="C-1", name="王小雨", phone="+8613800138001", email="wang.xiaoyu@example.com",
        locale="zh-CN", timezone="Asia/Shanghai", tier="vip",
        preferences={"channels": ["sms"]},
    ),
    Customer(
        id="C-2", name="李建国", phone="+8613800138002", email="li.jianguo@example.com",
        locale="zh-CN", timezone="Asia/Shanghai", tier="standard",
        preferences={"channels": ["sms", "email"]},
    ),
    Customer(
        id="C-3", name="陈思琪", phone="+8613800138003", email="chen.siqi@example.com",
        locale="zh-CN", timezone="Asia/Shanghai", tier="standard",
        preferences={"channels": ["email", "sms"]},
    ),
    Customer(
        id="C-4", name="Emma Clarke", phone="+447700900142", email="emma.clarke@example.com",
        locale="en-GB", timezone="Europe/London", tier="standard",
        preferences={"channels": ["email", "sms"]},
    ),
    Customer(
        id="C-5", name="Oliver Hughes", phone="+447700900187", email="oliver.hughes@example.com",
        locale="en-GB", timezone="Europe/London", tier="business",
        preferences={"channels": ["sms"]},
    ),
    Customer(
        id="C-6", name="Grace Miller", phone="+12125550143", email="grace.miller@example.com",
        locale="en-US", timezone="America/New_York", tier="vip",
        preferences={"channels": ["sms", "email"]},
    ),
)  # fmt: skip

_AGENTS = (
    {"id": "A-7", "name": "周敏", "email": "zhou.min@example.com"},
    {"id": "A-9", "name": "Tom Reed", "email": "tom.reed@example.com"},
)

_TICKETS = (
    ("T-1001", "宽带频繁断线", "Broadband keeps dropping",
     "broadband_fault", "fibre", "JX", "phone", "high", "NOC-2", 0, 0, 26),
    ("T-1002", "九月账单多收漫游费", "Roaming overcharge on the September bill",
     "bill_dispute", "mobile", "GD", "app", "normal", "Billing-1", 1, 0, 50),
    ("T-1003", "补办SIM卡后无信号", "No signal after SIM replacement",
     "sim_change", "mobile", "ZJ", "shop", "normal", "Mobile-3", 2, 0, 6),
    ("T-1004", "路由器更换后网速慢", "Slow speed after the router swap",
     "broadband_fault", "fibre", "LDN", "phone", "high", "NOC-2", 3, 1, 30),
    ("T-1005", "携号转网超时未完成", "Number transfer is overdue",
     "number_porting", "mobile", "MAN", "chat", "normal", "Mobile-3", 4, 1, 72),
    ("T-1006", "账单重复扣款", "Charged twice for the same bill",
     "bill_dispute", "bundle", "US-NY", "app", "high", "Billing-1", 5, 1, 18),
)  # fmt: skip


def sow(world: World, now: datetime) -> None:
    """Fill an empty world; tickets were opened some hours before now and are open."""
    for customer in _CUSTOMERS:
        world.add_customer(customer)
    for row in _TICKETS:
        ticket_id, chinese, english, category, product, region, channel = row[:7]
        priority, team, customer_at, agent_at, hours = row[7:]
        world.add_ticket(
            Ticket(
                id=ticket_id,
                title={"zh-CN": chinese, "en": english},
                customer=_CUSTOMERS[customer_at],
                agent=_AGENTS[agent_at],
                opened_at=now - timedelta(hours=hours),
                fields={
                    "category": category,
                    "product": product,
                    "region": region,
                    "channel": channel,
                    "priority": priority,
                    "team": team,
                    "tags": [],
                },
            )
        )
