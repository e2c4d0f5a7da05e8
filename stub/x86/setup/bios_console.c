/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The screen, through the BIOS, and a serial port.
 *
 * The port is that of console=ttySn[,baud], or else of earlyprintk=[serial,]ttySn[,baud]
 * or earlyprintk=serial (default: 9600 baud, as in Linux).
 */
#include "bios_console.h"

#include "bios.h"
#include "ports.h"
#include "setup_cmdline.h"

enum {
	UART_DATA = 0,
	UART_DIVISOR_LOW = 0, /* with LINE_DLAB */
	UART_DIVISOR_HIGH = 1,
	UART_INTERRUPTS = 1,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,

	LINE_8N1 = 0x03,
	LINE_DLAB = 0x80,
	MODEM_DTR_RTS = 0x03,
	STATUS_SENT = 0x20,

	BAUD_MAX = 115200,
	BAUD_DEFAULT = 9600,

	SCREEN = 0, /* instead of a port */
};

static void put_screen(char c)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x0e00 | (uint8_t)c); /* teletype output */
	regs.bx = 0x0007;
	bios_call(BIOS_VIDEO, &regs);
}

static void put_serial(uint16_t port, char c)
{
	unsigned int patience = 0xffff; /* there may be no UART */

	while (!(in8(port + UART_LINE_STATUS) & STATUS_SENT) && --patience)
		;
	out8(port + UART_DATA, (uint8_t)c);
}

static void put_char(uint16_t port, char c)
{
	if (c == '\n')
		put_char(port, '\r');
	if (port == SCREEN)
		put_screen(c);
	else
		put_serial(port, c);
}

static void put_text(uint16_t port, const char *text)
{
	while (*text)
		put_char(port, *text++);
}

static uint32_t read_number(const char *text)
{
	uint32_t n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + (uint32_t)(*text++ - '0');
	return n;
}

static void set_line(uint16_t port, uint32_t baud)
{
	uint32_t divisor = BAUD_MAX / (baud && baud <= BAUD_MAX ? baud : BAUD_DEFAULT);

	out8(port + UART_INTERRUPTS, 0);
	out8(port + UART_LINE_CONTROL, LINE_8N1 | LINE_DLAB);
	out8(port + UART_DIVISOR_LOW, (uint8_t)divisor);
	out8(port + UART_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
	out8(port + UART_LINE_CONTROL, LINE_8N1);
	out8(port + UART_MODEM_CONTROL, MODEM_DTR_RTS);
}

/* Returns the port that the command line names, ready for use, or SCREEN. */
static uint16_t open_serial(void)
{
	static const uint16_t ports[4] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
	static const char *const options[] = {
		"console=ttyS",
		"earlyprintk=ttyS",
		"earlyprintk=serial,ttyS",
	};
	const char *name = NULL;
	uint16_t port;

	for (unsigned int i = 0; i < 3 && !name; i++)
		name = find_word(cmdline, options[i]);
	if (!name && find_word(cmdline, "earlyprintk=serial"))
		name = "0";
	if (!name)
		return SCREEN;
	port = ports[*name & 3];
	set_line(port, name[1] == ',' ? read_number(name + 2) : 0);
	return port;
}

void print(const char *text)
{
	put_text(SCREEN, text);
}

static void put_complaint(uint16_t port, const char *text)
{
	put_text(port, "\nbzboot: ");
	put_text(port, text);
	put_text(port, "\n");
}

void complain(const char *text)
{
	uint16_t port = open_serial();

	put_complaint(SCREEN, text);
	if (port != SCREEN)
		put_complaint(port, text);
}

void fail(const char *text)
{
	complain(text);
	halt();
}
