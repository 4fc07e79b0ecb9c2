// Away from here at once: by the link, or by Esc pressed three times. Without scripts the link still leads away.
const link = document.getElementById("leave");
document.getElementById("leave-key").hidden = false;

const leave = () => {
  // Blank before the other page is there: the line may be slow.
  document.body.replaceChildren();
  document.title = "\u00a0";
  location.replace(link.href);  // this page is not one that "back" leads to
};
link.addEventListener("click", (event) => { event.preventDefault(); leave(); });

let pressed = 0, last = 0;
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat || event.isComposing) return;
  pressed = event.timeStamp - last < 1500 ? pressed + 1 : 1;
  last = event.timeStamp;
  if (pressed === 3) leave();
});
