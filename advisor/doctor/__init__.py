"""What can be measured on this machine, what cannot, and which command would mend it?"""
