document.body.append('moltbot')
