/* A shared object that is no module. */
int no_module_entry(void);

int
no_module_entry(void)
{
	return 0;
}
