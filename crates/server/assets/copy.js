// The one script: it puts a button behind each value that is to be taken elsewhere. Without it, one click selects the value.
for (const value of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) break
  const button = document.createElement('button')
  const { copy, copied } = value.dataset
  button.type = 'button'
  button.className = 'button outline'
  button.textContent = copy
  const said = document.createElement('span')
  said.setAttribute('role', 'status')
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(value.textContent)
    said.textContent = copied
  })
  value.parentElement.after(button, said)
}
